"""Members and orders for the ledger's tests."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer, Order
from loyalty import ledger
from loyalty.ledger import ClawBack, Earn
from loyalty.models import Balance, Lot, Notice
from staff.actors import SYSTEM, Actor
from tests.shops import NOW

SORA = Actor("staff", 1, "Sora")

_numbers = itertools.count(1)


def member() -> int:
    """The id of a new customer."""
    return Customer.objects.create(card_code=f"M{next(_numbers):011}", created_at=NOW, joined_at=NOW).pk


def order_of(customer_id: int) -> int:
    """The id of an order that earned nothing by itself."""
    return Order.objects.create(
        source="st_test", external_id=f"o{next(_numbers)}", customer_id=customer_id, created_at=NOW, changed_at=NOW
    ).pk


def earn(who: int, points: int, key: str = "earn", *, told: bool = False, **more: Any) -> None:
    """One earning, now; `told`: and the member has had the notices about its expiry."""
    ledger.earn([Earn(who, points, key, NOW, **more)], actor=SYSTEM, at=NOW)
    if told:
        told_of_expiry()


def claw_back(who: int, order: int, points: int, key: str = "claw", at: datetime = NOW) -> None:
    """One claw-back of the order."""
    ledger.claw_back([ClawBack(who, points, key, order, NOW)], actor=SYSTEM, at=at)


def told(key: str, at: datetime = NOW) -> dict[str, Any]:
    """What every command of a person carries."""
    return {"reason": "because", "actor": SORA, "key": key, "at": at}


def has(who: int) -> dict[str, int]:
    """The member's accounts that are not empty."""
    balance = Balance.objects.get(pk=who)
    accounts = {account: getattr(balance, account) for account in ("available", "pending", "held", "debt")}
    return {account: points for account, points in accounts.items() if points}


def left(who: int) -> list[int]:
    """What each lot has left, oldest first."""
    return list(Lot.objects.filter(customer_id=who).order_by("id").values_list("remaining", flat=True))


def told_of_expiry(at: datetime | None = None) -> None:
    """As if members had been told in time of all that will expire; with `at`, at that moment, three days before."""
    lots = Lot.objects.filter(expires_at__isnull=False, may_expire_at=None, remaining__gt=0, state=Lot.State.ACTIVE)
    for lot in lots:
        assert lot.expires_at
        ends = max(lot.expires_at, at + timedelta(days=3)) if at else lot.expires_at
        Lot.objects.filter(pk=lot.pk).update(may_expire_at=ends, notices_planned=True)
        sent = {"points": lot.remaining, "state": Notice.State.SENT, "settled_at": ends - timedelta(days=3)}
        Notice.objects.get_or_create(
            customer_id=lot.customer_id, expires_at=lot.expires_at, days_before=3, defaults=sent
        )
