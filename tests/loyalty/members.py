"""Members and orders for the ledger's tests."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from customers.models import Customer, Order
from loyalty import ledger
from loyalty.ledger import ClawBack, Earn
from loyalty.models import Balance, Lot
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


def earn(who: int, points: int, key: str = "earn", **more: Any) -> None:
    """One earning, now."""
    ledger.earn([Earn(who, points, key, NOW, **more)], actor=SYSTEM, at=NOW)


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
