"""The alarm "redemptions": makes codes at stores, withdraws them, and lets go of those whose time is over.

Stores are asked outside any transaction, with longer and longer pauses after failures. Before asking, the row's due
time is pushed ahead: a worker that dies, or a second one, finds it later. After asking, the row is read again under its
lock: what happened meanwhile (cancelled, used) decides what the answer is good for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from customers import coupons
from customers.models import Identity
from loyalty.having import name_of
from loyalty.models import Redemption
from loyalty.using import ALARM, lapse
from staff.actors import SYSTEM
from tenants import alarms

log = structlog.get_logger(__name__)

BATCH = 50  # rows in one run
ASKED = 5  # of them, how many may ask a store: each may take its seconds
LEASE = timedelta(seconds=90)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=2)
MOST_ATTEMPTS = 12  # of making, about half a day
EARLIER = timedelta(days=1)  # a code begins to be valid so long before now: clocks differ
State, AtStore = Redemption.State, Redemption.AtStore


def _next_due() -> datetime | None:
    due = Redemption.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True)
    return due.first()


@alarms.handler(ALARM, due=_next_due)
def run(at: datetime) -> None:
    """Do what is due of some redemptions, oldest first."""
    asked = 0
    for redemption in Redemption.objects.filter(due_at__lte=at).order_by("due_at", "id")[:BATCH]:
        asks = redemption.at_store in (AtStore.WANTED, AtStore.WITHDRAWING) and not _too_late(redemption, at)
        if asks and asked == ASKED:
            continue
        asked += asks
        attend(redemption, at=at)


def attend(redemption: Redemption, *, at: datetime) -> None:
    """Do what is due of one redemption."""
    if redemption.state == State.READY and _too_late(redemption, at):
        lapse(redemption.pk, actor=SYSTEM, at=at)
    elif redemption.at_store == AtStore.WANTED and redemption.state == State.READY:
        _make(redemption, at)
    elif redemption.at_store == AtStore.WITHDRAWING and not _too_late(redemption, at):
        _withdraw(redemption, at)
    else:
        _rest(redemption, at)


def _too_late(redemption: Redemption, at: datetime) -> bool:
    return at > redemption.valid_until


def _make(redemption: Redemption, at: datetime) -> None:
    if not _claim(redemption, at):
        return
    try:
        external_id = coupons.make(redemption.store, _coupon(redemption), at=at)
    except coupons.Refused as refused:
        _failed(redemption.pk, refused, at)
        return
    with transaction.atomic():
        row = Redemption.objects.select_for_update().get(pk=redemption.pk)
        row.external_id, row.problem, row.attempts = external_id[:100], "", 0
        if row.state == State.READY:
            row.at_store, row.due_at = AtStore.MADE, row.valid_until
        else:  # cancelled or used while the store was making it
            row.at_store, row.due_at = AtStore.WITHDRAWING, at
        _keep(row)


def _withdraw(redemption: Redemption, at: datetime) -> None:
    if not _claim(redemption, at):
        return
    try:
        coupons.withdraw(redemption.store, _coupon(redemption), redemption.external_id, at=at)
    except coupons.Refused as refused:
        _failed(redemption.pk, refused, at)
        return
    with transaction.atomic():
        row = Redemption.objects.select_for_update().get(pk=redemption.pk)
        if row.at_store == AtStore.WITHDRAWING:
            row.at_store, row.due_at, row.external_id, row.problem = AtStore.WITHDRAWN, None, "", ""
        elif row.at_store == AtStore.MADE:  # good again meanwhile, and now gone: to be made anew
            row.at_store, row.due_at = AtStore.WANTED, at
        _keep(row)


def _failed(redemption_id: int, refused: coupons.Refused, at: datetime) -> None:
    """Try again later; a code that the store will not make waits for a person. Withdrawing never ends but by time."""
    log.warning("coupon_refused", redemption=redemption_id, final=refused.final)
    with transaction.atomic():
        row = Redemption.objects.select_for_update().get(pk=redemption_id)
        row.attempts, row.problem = row.attempts + 1, refused.message[:300]
        if row.at_store == AtStore.WANTED and (refused.final or row.attempts >= MOST_ATTEMPTS):
            row.at_store, row.due_at = AtStore.FAILED, row.valid_until
        elif row.at_store in (AtStore.WANTED, AtStore.WITHDRAWING):
            pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 16), LONGEST_PAUSE)
            row.due_at = at + max(pause, timedelta(seconds=refused.rest or 0))
        _keep(row)


def _rest(redemption: Redemption, at: datetime) -> None:
    """Nothing is to be asked any more: a code at the store has come to its end by itself."""
    with transaction.atomic():
        row = Redemption.objects.select_for_update().get(pk=redemption.pk)
        if row.due_at != redemption.due_at:
            return
        if row.at_store == AtStore.WITHDRAWING and _too_late(row, at):
            row.at_store = AtStore.WITHDRAWN
        row.due_at = row.valid_until if row.state == State.READY and not _too_late(row, at) else None
        _keep(row)


def _claim(redemption: Redemption, at: datetime) -> bool:
    """Whether it is ours to attend to: whoever moves the due time first has it."""
    mine = Redemption.objects.filter(pk=redemption.pk, due_at=redemption.due_at, at_store=redemption.at_store)
    return mine.update(due_at=at + LEASE) == 1


def _keep(row: Redemption) -> None:
    row.save()
    if row.due_at is not None:
        alarms.ring(ALARM, row.due_at)


def _coupon(redemption: Redemption) -> coupons.Coupon:
    """What the store is asked for, as the reward was when it was taken."""
    terms = redemption.terms
    kind = "amount" if terms["kind"] == "variable" else terms["kind"]
    account = Identity.objects.filter(
        customer=redemption.customer_id, kind=Identity.Kind.STORE, source=redemption.store
    ).order_by("id")
    return coupons.Coupon(
        code=redemption.code,
        title=name_of(redemption),
        kind=kind,
        currency=redemption.currency,
        amount_minor=redemption.value_minor,
        percent=terms.get("percent", 0),
        most_minor=terms.get("most_value_minor"),
        product=terms.get("product", ""),
        minimum_minor=terms.get("minimum_minor", 0),
        starts_at=redemption.created_at - EARLIER,
        ends_at=redemption.valid_until,
        account=account.values_list("value", flat=True).first() or "",
    )
