"""The alarm "pulls": reading many orders at a store's API, page by page, in the background (docs/agreement.md).

A page is read with no transaction open, then taken in one transaction together with the place to go on from. What is
to be done with it depends on the purpose: history.py, comparing.py, repairing.py.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop

from staff import audit
from staff.actors import Actor
from storefront import comparing, history, repairing
from storefront.asking import asking
from storefront.models import Pull, Store
from storefront.platforms.interface import MESSAGES, PlatformError, Reader
from tenants.alarms import handler, ring

log = structlog.get_logger(__name__)

ALARM = "pulls"
LEASE = timedelta(minutes=2)  # a page is read well within; who dies while reading loses it after that
SECONDS = 5  # of one batch, as far as the shops answer quickly
RETRIES = [timedelta(seconds=s) for s in (5, 20, 60, 5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600)]
SLOW_DOWN = 10.0  # seconds, where a shop does not say how long
LONGEST_WAIT = 3600.0  # seconds, whatever a shop says
COMPARED = timedelta(days=30)
OURS = "ours"  # last_error of what went wrong on our side; else a code of platforms.interface.MESSAGES
WENT_WRONG = gettext_noop("Something went wrong on our side while this was processed.")
UNFINISHED = (Pull.State.RUNNING, Pull.State.PAUSED, Pull.State.FAILED)


class AlreadyUnderWay(Exception):
    """The store has an unfinished pull of this purpose."""


class NotPossible(Exception):
    """The pull is not in a state that allows this."""


class Work(Protocol):
    """What is done in a pull of one purpose."""

    def read(self, pull: Pull, reader: Reader, at: datetime) -> Any:
        """Ask for the next page. Writes nothing. Raises PlatformError."""

    def take(self, pull: Pull, reading: Any, at: datetime) -> None:
        """Do what the page asks for and move the pull on: its stage, cursor, counts, and state when it is done."""


WORKS: dict[str, Work] = {
    Pull.Purpose.HISTORY: history,
    Pull.Purpose.COMPARISON: comparing,
    Pull.Purpose.REPAIR: repairing,
}


# ── What people do ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start_history(store: Store, *, since: datetime | None, actor: Actor, at: datetime) -> Pull:
    """Read the store's accounts, and its orders placed from `since` (None: all) until now. Raises AlreadyUnderWay."""
    _refuse_second(store, Pull.Purpose.HISTORY)
    pull = Pull(purpose=Pull.Purpose.HISTORY, since=since, until=at, stage=history.FIRST)
    return _start(pull, store, actor, at, changes={"since": [None, since.isoformat() if since else None]})


@transaction.atomic
def start_comparison(store: Store, *, actor: Actor, at: datetime, days: timedelta = COMPARED) -> Pull:
    """Compare the orders of the last 30 days, or of another time, with the store's. Changes no order.

    Raises AlreadyUnderWay.
    """
    _refuse_second(store, Pull.Purpose.COMPARISON)
    pull = Pull(purpose=Pull.Purpose.COMPARISON, since=at - days, until=at - comparing.GRACE, stage=comparing.FIRST)
    pull.store = store
    comparing.begin(pull)
    return _start(pull, store, actor, at)


@transaction.atomic
def start_repair(store: Store, drift_ids: list[int] | None, *, actor: Actor, at: datetime) -> Pull | None:
    """Have these orders in drift (None: all that are open) made what the store says; None when there is nothing to do.

    A repair that is under way takes them on.
    """
    Store.objects.select_for_update().get(pk=store.pk)
    wanted = repairing.order_repair(store, drift_ids, at=at)
    if not wanted:
        return None
    pull = _unfinished(store, Pull.Purpose.REPAIR).select_for_update().first()
    pull = pull or Pull(purpose=Pull.Purpose.REPAIR, until=at, expected=0)
    pull.expected = (pull.expected or 0) + wanted
    pull.state, pull.attempts, pull.last_error = Pull.State.RUNNING, 0, ""
    return _start(pull, store, actor, at, changes={"orders": [None, wanted]})


@transaction.atomic
def pause(pull: Pull, *, actor: Actor, at: datetime) -> Pull:
    """Read no further until it is resumed. Raises NotPossible."""
    return _change(pull, {Pull.State.RUNNING}, Pull.State.PAUSED, action="pull.paused", actor=actor, at=at)


@transaction.atomic
def resume(pull: Pull, *, actor: Actor, at: datetime) -> Pull:
    """Go on where it was paused, or where it failed. Raises NotPossible."""
    return _change(
        pull, {Pull.State.PAUSED, Pull.State.FAILED}, Pull.State.RUNNING, action="pull.resumed", actor=actor, at=at
    )


@transaction.atomic
def stop(pull: Pull, *, actor: Actor, at: datetime) -> Pull:
    """End it before its time; what was read stays. Raises NotPossible."""
    return _change(pull, set(UNFINISHED), Pull.State.STOPPED, action="pull.stopped", actor=actor, at=at)


def _unfinished(store: Store, purpose: str) -> Any:
    return Pull.objects.filter(store=store, purpose=purpose, state__in=UNFINISHED).order_by("-id")


def _refuse_second(store: Store, purpose: str) -> None:
    Store.objects.select_for_update().get(pk=store.pk)
    if _unfinished(store, purpose).exclude(state=Pull.State.FAILED).exists():
        raise AlreadyUnderWay(purpose)
    # One that failed is given up by whoever begins anew.
    _unfinished(store, purpose).update(state=Pull.State.STOPPED)


def _start(pull: Pull, store: Store, actor: Actor, at: datetime, changes: dict[str, list[Any]] | None = None) -> Pull:
    if pull.pk is None:
        pull.store, pull.started_at, pull.started_by = store, at, actor.name[:150]
    pull.next_try_at = at
    pull.save()
    if actor.kind != "system":
        _audit(f"{pull.purpose}.started", pull, actor, at, changes)
    ring(ALARM, at)
    return pull


def _change(pull: Pull, allowed: set[str], state: str, *, action: str, actor: Actor, at: datetime) -> Pull:
    pull = Pull.objects.select_for_update(of=("self",)).select_related("store").get(pk=pull.pk)
    if pull.state not in allowed:
        raise NotPossible(pull.state)
    pull.state, pull.next_try_at = state, None
    if state == Pull.State.RUNNING:
        pull.next_try_at, pull.attempts, pull.last_error = at, 0, ""
        ring(ALARM, at)
    if state == Pull.State.STOPPED:
        pull.finished_at = at
    pull.save()
    _audit(action, pull, actor, at)
    return pull


def _audit(action: str, pull: Pull, actor: Actor, at: datetime, changes: dict[str, list[Any]] | None = None) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="store",
        object_id=pull.store_id,
        object_label=pull.store.name,
        changes=changes,
    )


def trouble_of(last_error: str) -> tuple[str, str]:
    """What is wrong with a pull: an untranslated sentence for the merchant, and the platform's own words."""
    code, _, detail = last_error.partition(": ")
    return MESSAGES.get(code, WENT_WRONG) if code else "", detail


# ── The alarm ───────────────────────────────────────────────────────────────────────────────────


def earliest_due() -> datetime | None:
    """When the next page is to be read."""
    first = Pull.objects.filter(next_try_at__isnull=False).order_by("next_try_at").values_list("next_try_at", flat=True)
    return first.first()


@handler(ALARM, due=earliest_due)
def run(at: datetime) -> None:
    """Read pages for some seconds, those of several pulls in turn: a page each."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        due = Pull.objects.filter(next_try_at__lte=at).order_by("next_try_at", "id").values_list("pk", flat=True)
        waiting = list(due[:20])
        if not waiting:
            return
        for pull_id in waiting:
            step(pull_id, at)


def step(pull_id: int, at: datetime) -> None:
    """Read and take one page of a pull, unless somebody else does."""
    pull = _claimed(pull_id, at)
    if pull is None:
        return
    work = WORKS[pull.purpose]
    try:
        with asking(pull.store, at=at) as reader:
            reading = work.read(pull, reader, at)
        _take(work, pull, reading, at)
    except PlatformError as error:
        _put_off(pull, error.code, error.detail, at, retry_after=error.retry_after, for_good=error.for_a_person)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("pull_failed", pull=pull_id, purpose=pull.purpose)
        _put_off(pull, OURS, type(error).__name__, at)


def _claimed(pull_id: int, at: datetime) -> Pull | None:
    """The pull, for us to read its next page; None when another worker was quicker, or it was stopped."""
    due = Pull.objects.filter(pk=pull_id, state=Pull.State.RUNNING, next_try_at__lte=at)
    if not due.update(next_try_at=at + LEASE):
        return None
    return Pull.objects.select_related("store").get(pk=pull_id)


@transaction.atomic
def _take(work: Work, read_from: Pull, reading: Any, at: datetime) -> None:
    """Take the page, if the pull still stands where it was read from."""
    pull = Pull.objects.select_for_update(of=("self",)).select_related("store").get(pk=read_from.pk)
    place = (pull.state, pull.stage, pull.cursor)
    if place != (Pull.State.RUNNING, read_from.stage, read_from.cursor):
        return
    work.take(pull, reading, at)
    pull.attempts, pull.last_error = 0, ""
    pull.next_try_at = at if pull.state == Pull.State.RUNNING else None
    if pull.state == Pull.State.DONE:
        pull.finished_at = at
    pull.save()


@transaction.atomic
def _put_off(
    read_from: Pull, code: str, detail: str, at: datetime, *, retry_after: float | None = None, for_good: bool = False
) -> None:
    """Try again later, or fail: at once when only a person can help, else after the last retry."""
    pull = Pull.objects.select_for_update().get(pk=read_from.pk)
    if pull.state != Pull.State.RUNNING:
        return
    pull.last_error = f"{code}: {detail}"[:500] if detail else code
    asked_to_wait = min(retry_after or 0, LONGEST_WAIT)
    if code == "rate_limited":
        pull.next_try_at = at + timedelta(seconds=asked_to_wait or SLOW_DOWN)
    elif for_good or pull.attempts >= len(RETRIES):
        pull.state, pull.next_try_at, pull.finished_at = Pull.State.FAILED, None, at
    else:
        pull.next_try_at = at + max(RETRIES[pull.attempts], timedelta(seconds=asked_to_wait))
        pull.attempts += 1
    pull.save()
