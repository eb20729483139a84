"""The alarm "comparison": each night, at a quiet minute of its own, each store that can be asked is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Max

from staff.actors import SYSTEM
from storefront import pulling
from storefront.comparing import open_drifts
from storefront.models import Pull, Store
from storefront.platforms import reader_of
from tenants.alarms import handler

ALARM = "comparison"
FROM_HOUR, MINUTES = 2, 180  # between 2 and 5 in the morning
RESTED = timedelta(hours=6)  # what was compared later than so long before need not be again


def can_be_asked(store: Store) -> bool:
    """Whether we have what it takes to ask this store's API."""
    return bool(store.credentials) and reader_of(store, at=store.created_at) is not None


def next_night(store: Store, since: datetime) -> datetime:
    """The store's quiet minute that comes next after `since`, in the shop's time zone."""
    merchant: Any = connection.tenant
    zone = ZoneInfo(merchant.time_zone)
    hours, minutes = divmod(crc32(store.public_id.encode()) % MINUTES, 60)
    local = (since + RESTED).astimezone(zone)
    tonight = datetime.combine(local.date(), time(FROM_HOUR + hours, minutes), zone)
    if tonight <= local:
        tonight = datetime.combine(local.date() + timedelta(days=1), time(FROM_HOUR + hours, minutes), zone)
    return tonight


def _nights() -> Iterable[tuple[Store, datetime]]:
    """Each store that can be asked, and when it is to be compared next."""
    stores = Store.objects.filter(disconnected_at=None).exclude(credentials="").order_by("id")
    latest = dict(
        Pull.objects.filter(purpose=Pull.Purpose.COMPARISON)
        .values_list("store_id")
        .annotate(started_at=Max("started_at"))
        .values_list("store_id", "started_at")
    )
    for store in stores:
        if can_be_asked(store):
            yield store, next_night(store, latest.get(store.pk, store.created_at))


def earliest_due() -> datetime | None:
    """When the next store is to be compared."""
    return min((due for _, due in _nights()), default=None)


@handler(ALARM, due=earliest_due)
def run(at: datetime) -> None:
    """Begin the comparisons whose time has come; the alarm "pulls" carries them out."""
    for store, due in list(_nights()):
        if due <= at:
            begin(store, at)


def begin(store: Store, at: datetime) -> None:
    """Compare this store tonight. One that is still under way since yesterday is stopped: it hangs."""
    hanging = Pull.objects.filter(store=store, purpose=Pull.Purpose.COMPARISON, state__in=pulling.UNFINISHED)
    hanging.update(state=Pull.State.STOPPED, next_try_at=None, finished_at=at)
    pulling.start_comparison(store, actor=SYSTEM, at=at)


# ── How it stands, for one line ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether a store and we agree.

    `state` is "unasked" (its API cannot be asked), "never" (not compared yet), "running" (for the first time),
    "agree", "drift" (somebody should look) or "failed" (the last comparison).
    """

    store: Store
    state: str
    orders: int = 0  # compared
    days: int = 0  # the window
    drifts: int = 0
    checked_at: datetime | None = None
    trouble: str = ""  # pulling.trouble_of the last comparison


def health_line(store: Store) -> Agreement:
    """How one store stands."""
    return health_lines([store])[0]


def health_lines(stores: Sequence[Store]) -> list[Agreement]:
    """How these stores stand, in three queries."""
    ids = [store.pk for store in stores]
    comparisons = Pull.objects.filter(store__in=ids, purpose=Pull.Purpose.COMPARISON).order_by("store", "-id")
    latest = {p.store_id: p for p in comparisons.distinct("store")}
    done = {p.store_id: p for p in comparisons.filter(state=Pull.State.DONE).distinct("store")}
    drifts = dict(open_drifts(ids).values_list("store").annotate(number=Count("id")).values_list("store", "number"))
    return [_agreement(store, latest.get(store.pk), done.get(store.pk), drifts.get(store.pk, 0)) for store in stores]


def _agreement(store: Store, latest: Pull | None, done: Pull | None, drifts: int) -> Agreement:
    facts: dict[str, Any] = {"drifts": drifts}
    if done is not None and done.since is not None:
        facts |= {"orders": done.counts.get("compared", 0), "checked_at": done.finished_at}
        facts["days"] = round((done.until - done.since) / timedelta(days=1))
    if latest is not None and latest.state == Pull.State.FAILED:
        return Agreement(store, "failed", trouble=latest.last_error, **facts)
    if done is not None:
        return Agreement(store, "drift" if drifts else "agree", **facts)
    if not can_be_asked(store):
        return Agreement(store, "unasked", **facts)
    return Agreement(store, "running" if latest and latest.state == Pull.State.RUNNING else "never", **facts)
