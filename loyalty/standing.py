"""How a member stands: balance, what comes and goes next, and the way to the next reward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from loyalty.history import HistoryLine, history
from loyalty.models import Lot
from loyalty.programme import in_force
from loyalty.rules import Reward

__all__ = ["Due", "HistoryLine", "LotLine", "Standing", "history", "lots", "standing"]


@dataclass(frozen=True, slots=True)
class Due:
    """Points that become available, or expire, at one moment."""

    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's points, and how far the next reward is."""

    available: int
    pending: int
    held: int
    debt: int
    earned: int  # all points ever earned, less those clawed back
    next_expiry: Due | None
    next_maturity: Due | None
    reward: Reward | None  # the cheapest that is still out of reach
    missing: int  # points still needed for it, what is owed included
    share: float  # of the way to it, 0 to 1
    affordable: tuple[Reward, ...]  # cheapest first
    tier: str  # key of the tier they are on; empty: none


@dataclass(frozen=True, slots=True)
class LotLine:
    """Points that will expire together, not all used yet."""

    lot_id: int
    state: str  # pending or active
    points: int
    remaining: int
    matures_at: datetime | None
    expires_at: datetime | None
    order_id: int | None
    order_number: str
    effective_at: datetime


# The balance, and of the lots with points left: when the next expire or mature, and how many with them.
BALANCE = """
SELECT coalesce(b.available, 0), coalesce(b.pending, 0), coalesce(b.held, 0), coalesce(b.debt, 0),
    coalesce(b.earned, 0), coalesce(b.tier, ''),
    expiring.points, expiring.expires_at, maturing.points, maturing.matures_at
FROM (VALUES (%(customer)s)) AS asked (customer_id)
LEFT JOIN loyalty_balance b ON b.customer_id = asked.customer_id
LEFT JOIN LATERAL (
    SELECT coalesce(may_expire_at, expires_at) AS expires_at, sum(remaining)::bigint AS points FROM loyalty_lot
    WHERE customer_id = asked.customer_id AND remaining > 0 AND state = 'active' AND expires_at IS NOT NULL
    GROUP BY 1 ORDER BY 1 LIMIT 1
) expiring ON true
LEFT JOIN LATERAL (
    SELECT matures_at, sum(remaining)::bigint AS points FROM loyalty_lot
    WHERE customer_id = asked.customer_id AND remaining > 0 AND state = 'pending'
    GROUP BY matures_at ORDER BY matures_at LIMIT 1
) maturing ON true
"""


def standing(customer_id: int, *, at: datetime) -> Standing:
    """How the member stands, by the programme in force then; all zero for who never had points. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, {"customer": customer_id})
        available, pending, held, debt, earned, tier, expiring, expires_at, maturing, matures_at = cursor.fetchone()
    version = in_force(at)
    return Standing(
        available=available,
        pending=pending,
        held=held,
        debt=debt,
        earned=earned,
        next_expiry=Due(expiring, expires_at) if expires_at else None,
        next_maturity=Due(maturing, matures_at) if matures_at else None,
        tier=tier,
        **_way(version.terms.rewards if version else (), available - debt),
    )


def _way(rewards: tuple[Reward, ...], has: int) -> dict[str, Any]:
    """The rewards within reach, and how far the next one is."""
    by_price = sorted(rewards, key=lambda reward: reward.points)
    reward = next((reward for reward in by_price if reward.points > has), None)
    return {
        "affordable": tuple(reward for reward in by_price if reward.points <= has),
        "reward": reward,
        "missing": reward.points - has if reward else 0,
        "share": max(has, 0) / reward.points if reward else 1.0,
    }


def lots(customer_id: int) -> list[LotLine]:
    """Lots with points left, first to expire first. One query."""
    rows = Lot.objects.filter(customer_id=customer_id, remaining__gt=0).select_related("order", "journal")
    return [
        LotLine(
            lot_id=lot.pk,
            state=lot.state,
            points=lot.points,
            remaining=lot.remaining,
            matures_at=lot.matures_at,
            expires_at=lot.expires_at,
            order_id=lot.order_id,
            order_number=lot.order.number if lot.order else "",
            effective_at=lot.journal.effective_at,
        )
        for lot in rows.order_by(F("expires_at").asc(nulls_last=True), "id")
    ]
