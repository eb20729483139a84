"""Repairing drift: each order is read once more, and what the store states now wins (a pull, see pulling.py).

What only a person can decide (an order the store does not know, a difference that is meant to be) is decided here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop

from customers.models import Order
from customers.orders import apply_orders
from customers.snapshots import OrderSnapshot
from staff import audit
from staff.actors import Actor
from storefront.agreement import settled, snapshot_of
from storefront.history import add
from storefront.models import Drift, Pull, Store
from storefront.platforms.interface import FOR_A_PERSON, PlatformError, Reader
from storefront.products import with_products

log = structlog.get_logger(__name__)

READ_AT_ONCE = 10
REPAIRABLE = (Drift.Kind.MISSED, Drift.Kind.STALE)
GONE = gettext_noop("The store does not have it any more.")
NOT_READABLE = gettext_noop("The store sent something that we do not understand.")
NOT_APPLIED = gettext_noop("Something went wrong on our side while this was processed.")


class NotPossible(Exception):
    """The drift is not in a state that allows this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store said of one order: its state, None when it has none; `problem` when it could not be understood."""

    snapshot: OrderSnapshot | None
    problem: str = ""


# ── The pull ────────────────────────────────────────────────────────────────────────────────────


def order_repair(store: Store, drift_ids: Sequence[int] | None, *, at: datetime) -> int:
    """Mark these drifts of the store (None: all that are open) as to be repaired; tell how many are."""
    wanted = Drift.objects.filter(store=store, kind__in=REPAIRABLE, repaired_at=None, put_aside_at=None, wanted_at=None)
    if drift_ids is not None:
        wanted = wanted.filter(pk__in=drift_ids)
    return wanted.update(wanted_at=at, note="")


def read(pull: Pull, reader: Reader, at: datetime) -> dict[str, Answer]:
    """Some of the orders, as they stand at the store now. Raises PlatformError when not even one could be read."""
    answers: dict[str, Answer] = {}
    for external_id in _waiting(pull).values_list("external_id", flat=True)[:READ_AT_ONCE]:
        try:
            answers[external_id] = Answer(reader.order(external_id))
        except PlatformError as error:
            if error.code == "unexpected":
                answers[external_id] = Answer(None, NOT_READABLE)
            elif answers and error.code not in FOR_A_PERSON:
                break
            else:
                raise
    return _complete(pull, reader, answers, at)


def _complete(pull: Pull, reader: Reader, answers: dict[str, Answer], at: datetime) -> dict[str, Answer]:
    """The answers with what rules ask of the products in their orders."""
    read = [answer.snapshot for answer in answers.values() if answer.snapshot]
    told = with_products(pull.store, reader, read, at=at, attempts=pull.attempts)
    whole = {snapshot.external_id: snapshot for snapshot in told}
    return {key: replace(answer, snapshot=whole.get(key, answer.snapshot)) for key, answer in answers.items()}


def take(pull: Pull, answers: dict[str, Answer], at: datetime) -> None:
    """Make our orders what the store stated, and close their drift."""
    drifts = {d.external_id: d for d in _waiting(pull).filter(external_id__in=answers).select_for_update()}
    for external_id, answer in answers.items():
        if drift := drifts.get(external_id):
            add(pull, _settle(pull, drift, answer, at), 1)
            drift.save()
    pull.cursor = str(pull.counts.get("repaired", 0) + pull.counts.get("left", 0))
    if not _waiting(pull).exists():
        pull.state = Pull.State.DONE


def _waiting(pull: Pull) -> Any:
    waiting = Drift.objects.filter(store=pull.store, wanted_at__isnull=False, repaired_at=None, put_aside_at=None)
    return waiting.order_by("id")


def _settle(pull: Pull, drift: Drift, answer: Answer, at: datetime) -> str:
    """Deal with one order; what it counts as."""
    drift.wanted_at = None
    order = Order.objects.filter(source=pull.store.public_id, external_id=drift.external_id).first()
    if answer.problem:
        drift.note = answer.problem
    elif answer.snapshot is not None:
        return _apply(drift, settled(order, answer.snapshot), at)
    elif order is None or order.state in (Order.State.UNKNOWN, Order.State.CANCELLED):
        drift.repaired_at, drift.note = at, GONE  # nobody has it, or nothing hangs on it
        return "repaired"
    else:
        drift.kind, drift.note, drift.differences = Drift.Kind.EXTRA, GONE, {}
    return "left"


def _apply(drift: Drift, snapshot: OrderSnapshot, at: datetime) -> str:
    try:
        with transaction.atomic():
            apply_orders([snapshot], at=at)
    except OperationalError:
        raise
    except Exception as error:
        log.error("repair_failed", drift=drift.pk, exc_info=error)
        drift.note = NOT_APPLIED
        return "left"
    drift.repaired_at, drift.note = at, ""
    return "repaired"


# ── What a person decides ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def leave(drift_ids: Sequence[int], *, reason: str, actor: Actor, at: datetime) -> int:
    """Leave these as they are: they come up again only when they differ in another way. Tells how many."""
    drifts = list(_open(drift_ids).filter(put_aside_at=None))
    for drift in drifts:
        drift.put_aside_at, drift.wanted_at, drift.note = at, None, reason[:300]
        drift.save()
        _audit("drift.left", drift, actor, at, reason)
    return len(drifts)


@transaction.atomic
def take_up(drift: Drift, *, actor: Actor, at: datetime) -> None:
    """Undo `leave`. Raises NotPossible."""
    drift = _locked(drift)
    if drift.repaired_at or not drift.put_aside_at:
        raise NotPossible
    drift.put_aside_at, drift.note = None, ""
    drift.save()
    _audit("drift.taken_up", drift, actor, at)


@transaction.atomic
def cancel_extra(drift: Drift, *, reason: str, actor: Actor, at: datetime) -> None:
    """Count an order that the store does not know as cancelled. Its points go. Raises NotPossible."""
    drift = _locked(drift)
    order = _order_of(drift)
    if drift.repaired_at or drift.kind != Drift.Kind.EXTRA or order is None or order.state == Order.State.CANCELLED:
        raise NotPossible
    drift.differences = {"state": [order.state, Order.State.CANCELLED]}
    drift.repaired_at, drift.note = at, reason[:300]
    drift.save()
    apply_orders([snapshot_of(order, state=Order.State.CANCELLED.value, cancelled_at=at)], at=at)
    _audit("drift.cancelled", drift, actor, at, reason)


@transaction.atomic
def restore_extra(drift: Drift, *, actor: Actor, at: datetime) -> None:
    """Undo `cancel_extra`, unless the store has spoken of the order since. Raises NotPossible."""
    drift = _locked(drift)
    order = _order_of(drift)
    if not can_be_restored(drift) or order is None or order.state != Order.State.CANCELLED:
        raise NotPossible
    apply_orders([snapshot_of(order, state=drift.differences["state"][0], cancelled_at=None)], at=at)
    drift.repaired_at, drift.differences, drift.note = None, {}, ""
    drift.save()
    _audit("drift.restored", drift, actor, at)


def can_be_restored(drift: Drift) -> bool:
    """Whether the drift was settled by cancelling the order here."""
    return bool(drift.kind == Drift.Kind.EXTRA and drift.repaired_at and "state" in drift.differences)


def _open(drift_ids: Sequence[int]) -> Any:
    return Drift.objects.filter(pk__in=drift_ids, repaired_at=None).select_for_update(of=("self",)).order_by("id")


def _locked(drift: Drift) -> Drift:
    return Drift.objects.select_for_update(of=("self",)).select_related("store").get(pk=drift.pk)


def _order_of(drift: Drift) -> Order | None:
    return Order.objects.filter(source=drift.store.public_id, external_id=drift.external_id).first()


def _audit(action: str, drift: Drift, actor: Actor, at: datetime, reason: str = "") -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="drift",
        object_id=drift.pk,
        object_label=drift.number or drift.external_id,
        reason=reason,
    )
