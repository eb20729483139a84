"""Reading orders again at their store, because the news of them was thin or may have been missed.

One run: claim some due orders of each store (a lease, no lock); ask the stores one after another with no transaction
open; apply what came, delete the rows and settle the deliveries that waited, in one transaction for each store. A row
that was wanted anew while it was read stays. A store that does not answer rests as a whole, and a slow one gives way
to the next when its seconds are over. Where rules ask for collections or tags, the products of all that was read are
asked for together (products.py); when that has to wait, the orders count meanwhile without, and are read once more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from customers.models import Order
from customers.orders import apply_orders
from customers.snapshots import OrderSnapshot
from storefront import untold
from storefront.asking import asking
from storefront.connectors.interface import Ignored
from storefront.models import Reread, Store
from storefront.platforms.interface import PlatformError, Reader
from storefront.products import lacking, with_products
from storefront.settling import settle
from storefront.wanted import want
from tenants.alarms import handler

__all__ = ["run", "want"]

log = structlog.get_logger(__name__)

EACH = 20  # orders of one store in one run
STORE_SECONDS = 6.0  # after these a store gives way to the next
RUN_SECONDS = 20.0  # after these the stores that are left wait for the next run
LEASE = timedelta(minutes=3)
RETRIES = [timedelta(seconds=s) for s in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600)]
WENT_WRONG = gettext_noop("Something went wrong on our side with what the store answered.")
UNKNOWN_THERE = gettext_noop("The store has no such order any more.")

# The outer condition is asked again when another worker held the row meanwhile. Stores in trouble come last.
CLAIM = """
UPDATE storefront_reread SET next_try_at = %(until)s
WHERE next_try_at <= %(at)s AND id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY store_id ORDER BY next_try_at, id) AS place
        FROM storefront_reread WHERE next_try_at <= %(at)s
    ) AS due WHERE place <= %(each)s
)
RETURNING id, store_id, external_id, wanted_at, attempts
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order to be read, as it was wanted when we claimed it."""

    id: int
    store_id: int
    external_id: str
    wanted_at: datetime
    attempts: int


@dataclass
class Findings:
    """What one store told in one run."""

    read: list[tuple[Claimed, OrderSnapshot]] = field(default_factory=list)
    nothing: list[tuple[Claimed, str]] = field(default_factory=list)  # with the reason
    failed: list[tuple[Claimed, PlatformError]] = field(default_factory=list)  # concern this order alone
    trouble: PlatformError | None = None  # concerns the store: nothing more was asked
    left: list[Claimed] = field(default_factory=list)  # not asked


@handler("rereads", due=lambda: Reread.objects.filter(next_try_at__isnull=False).order_by("next_try_at")
         .values_list("next_try_at", flat=True).first())  # fmt: skip
def run(at: datetime) -> None:
    """Read one batch of each store that has something due."""
    claimed: dict[int, list[Claimed]] = {}
    for row in _claim(at):
        claimed.setdefault(row.store_id, []).append(row)
    stores, ends = Store.objects.in_bulk(list(claimed)), time.monotonic() + RUN_SECONDS
    for store_id, rows in sorted(claimed.items(), key=lambda item: max(row.attempts for row in item[1])):
        if time.monotonic() > ends:
            _release(rows, at, due=at)
        else:
            _keep(stores[store_id], _ask(stores[store_id], rows, at), at)


def _claim(at: datetime) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "until": at + LEASE, "each": EACH})
        return sorted((Claimed(*row) for row in cursor.fetchall()), key=lambda row: row.id)


def _ask(store: Store, rows: list[Claimed], at: datetime) -> Findings:
    """Read the orders one by one until the seconds are over or the store is in trouble. No transaction is open."""
    findings = Findings()
    left = list(rows)
    ends = time.monotonic() + STORE_SECONDS
    try:
        with asking(store, at=at) as reader:
            while left and time.monotonic() < ends:
                _read(reader, left[0], findings)
                left.pop(0)
            told = with_products(store, reader, [snapshot for _, snapshot in findings.read], at=at)
            findings.read = [(row, snapshot) for (row, _), snapshot in zip(findings.read, told, strict=True)]
    except PlatformError as error:
        findings.trouble = error
        log.warning("store_in_trouble", store=store.pk, code=error.code, detail=error.detail)
    findings.left = left
    return findings


def _read(reader: Reader, row: Claimed, findings: Findings) -> None:
    """One order. Raises PlatformError for what is no matter of this order."""
    try:
        snapshot = reader.order(row.external_id)
    except Ignored as why:
        findings.nothing.append((row, str(why)))
    except PlatformError as error:
        if error.code != "unexpected":
            raise
        findings.failed.append((row, error))
    else:
        if snapshot is None:
            findings.nothing.append((row, UNKNOWN_THERE))
        else:
            findings.read.append((row, snapshot))


def _keep(store: Store, findings: Findings, at: datetime) -> None:
    """Everything that came of asking one store, in as few transactions as go well."""
    _apply(store, findings, findings.read, at)
    with transaction.atomic():
        for row, _ in findings.nothing:
            _done(row, at)
        for row, error in findings.failed:
            _put_aside([row], error.message, error.detail, at)
        if findings.trouble:
            _rest(store, findings.left, findings.trouble, at)
        else:
            _release(findings.left, at, due=at)
        reasons = {row.external_id: reason for row, reason in findings.nothing}
        settle(store, nothing=reasons, at=at)


def _apply(store: Store, findings: Findings, read: Sequence[tuple[Claimed, OrderSnapshot]], at: datetime) -> None:
    """Apply all of them or, halving, all but those that fail. What is wrong with the database itself is raised."""
    if not read:
        return
    try:
        with transaction.atomic():
            orders = apply_orders([snapshot for _, snapshot in read], at=at)
            again = _incomplete(store, findings, [row for row, _ in read], orders, at)
            for row, _ in read:
                if row not in again:
                    _done(row, at)
        findings.left += again
    except OperationalError:
        raise
    except Exception as error:
        if len(read) == 1:
            log.error("reread_failed", reread=read[0][0].id, exc_info=error)
            _put_aside([read[0][0]], WENT_WRONG, f"{type(error).__name__}: {error}", at)
            return
        middle = len(read) // 2
        _apply(store, findings, read[:middle], at)
        _apply(store, findings, read[middle:], at)


def _incomplete(
    store: Store, findings: Findings, rows: Sequence[Claimed], orders: Sequence[Order], at: datetime
) -> list[Claimed]:
    """Those of the rows that are to be read once more, because the store's trouble kept their products from us.

    After the last retry they are left without, and the store's page says why.
    """
    if findings.trouble is None:
        return []
    ids = set(lacking(store, orders, at=at))
    found = [row for row in rows if row.external_id in ids]
    again = [row for row in found if row.attempts < len(RETRIES)]
    if len(again) < len(found):
        untold.note(store, findings.trouble.code, findings.trouble.detail, at=at)
    return again


def _release(rows: Sequence[Claimed], at: datetime, *, due: datetime) -> None:
    """Not asked after all, which is no failed attempt: due again then."""
    Reread.objects.filter(pk__in=[row.id for row in rows], next_try_at=at + LEASE).update(next_try_at=due)


def _done(row: Claimed, at: datetime) -> None:
    """It was read. When it was wanted anew meanwhile it stays, and is due at once."""
    found = Reread.objects.filter(pk=row.id)
    if not found.filter(wanted_at=row.wanted_at).delete()[0]:
        found.update(next_try_at=at, attempts=0)


def _put_aside(rows: Sequence[Claimed], reason: str, detail: str, at: datetime) -> None:
    """Try again later, or give up after the last retry."""
    for row in rows:
        later = at + RETRIES[row.attempts] if row.attempts < len(RETRIES) else None
        told = f"{reason} ({detail})" if detail else reason
        Reread.objects.filter(pk=row.id).update(
            next_try_at=later, attempts=F("attempts") + 1, last_error=told[:500] if later else reason[:500]
        )


def _rest(store: Store, left: Sequence[Claimed], error: PlatformError, at: datetime) -> None:
    """Leave the store alone for a while. Having to slow down is no failed attempt; a missing key is not waited for."""
    if error.code == "no_credentials":
        store.rereads.filter(next_try_at__isnull=False).update(next_try_at=None, last_error=error.message)
        return
    pause = timedelta(seconds=error.retry_after or 0)
    if error.code == "rate_limited":
        pause = pause or RETRIES[0]
        _release(left, at, due=at + pause)
    else:
        _put_aside(left, error.message, error.detail, at)
        tried = min((row.attempts for row in left), default=0)
        pause = max(pause, RETRIES[min(tried, len(RETRIES) - 1)])
    store.rereads.filter(next_try_at__lt=at + pause).update(next_try_at=at + pause)
