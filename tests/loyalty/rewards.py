"""A programme with rewards of every kind, and members with points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from customers.models import Order
from loyalty import ledger, programme, redemption
from loyalty.ledger import Earn
from loyalty.models import ProgrammeVersion, Redemption
from loyalty.rules import Rules
from staff.actors import SYSTEM, Actor
from tests.loyalty.members import member
from tests.shops import NOW

SORA = Actor("staff", 1, "Sora")


def reward(key: str = "coffee", **more: Any) -> dict[str, Any]:
    """A reward as JSON: 100 points for ₩1,000 off unless told otherwise."""
    return {"key": key, "name": {"en": key.title(), "ko": key}, "points": 100, "value_minor": 1000, **more}


def publish(*rewards: dict[str, Any], at: datetime = NOW, **more: Any) -> ProgrammeVersion:
    """A programme with these rewards, in force from then."""
    rules = {"currency": "KRW", "earn_points": 1, "earn_per": 100, "rewards": list(rewards), **more}
    return programme.publish(Rules.from_json(rules), actor=SYSTEM, at=at)


def regular(points: int = 1000, key: str = "welcome", **more: Any) -> int:
    """The id of a member with so many points."""
    who = member()
    if points:
        ledger.earn([Earn(who, points, f"{key}:{who}", NOW, **more)], actor=SYSTEM, at=NOW)
    return who


def take(who: int, reward_key: str = "coffee", key: str = "k1", at: datetime = NOW, **more: Any) -> Redemption:
    """Redeem at the till."""
    return redemption.redeem(who, reward_key, key=f"{who}:{key}", at=at, **{"actor": SYSTEM, "where": "till", **more})


def order_with(*codes: str, who: int | None = None, **more: Any) -> Order:
    """A paid order of ₩10,000 with these codes, as the stores' connectors write it; nothing has been told of it."""
    stated = {
        "state": "paid", "currency": "KRW", "subtotal": 10_000, "total": 10_000, "number": "#1", "paid_at": NOW,
        "placed_at": NOW, "created_at": NOW, "changed_at": NOW, "codes": dict.fromkeys(codes, 1000),
    }  # fmt: skip
    external_id = f"o{Order.objects.count() + 1}"
    return Order.objects.create(
        **{"source": "st_test", "external_id": external_id, "customer_id": who, **stated, **more}
    )


def told(key: str, at: datetime = NOW) -> dict[str, Any]:
    """What every change carries."""
    return {"actor": SORA, "key": key, "at": at}
