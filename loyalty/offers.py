"""What a member can have now, what is near, and what is not for them yet, with the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from django.db import connection
from django.utils.translation import gettext as _

from config.formatting import count
from loyalty.at_stores import as_can_be_had
from loyalty.having import Refusal, refusal, taken
from loyalty.programme import in_force
from loyalty.redemption import Where
from loyalty.reward_rules import Reward
from loyalty.standing import Standing

State = Literal["now", "near", "locked", "sold_out", "limit"]
HIDDEN = ("inactive", "given_only", "over", "where")  # nobody can have these here: not shown
STATES = {"sold_out": "sold_out", "limit": "limit", "tier": "locked", "not_yet": "locked"}

BALANCE = "SELECT available - debt, tier FROM loyalty_balance WHERE customer_id = %s"


@dataclass(frozen=True, slots=True)
class Offer:
    """One reward as it stands for one member."""

    reward: Reward
    state: State
    missing: int  # points still needed, what is owed included; 0 when there are enough
    share: float  # of the way to it in points, 0 to 1
    why: str  # in words, in the active language; empty when it can be had now
    most_points: int | None  # of a variable reward: the most that this member can put in now; None of others


def offers(
    customer_id: int, *, at: datetime, where: Where | None = None, stands: Standing | None = None
) -> list[Offer]:
    """What the programme offers this member, by the rules in force: what can be had now first, then the nearest.

    Who knows already how they stand hands it in, and spares a query.

    Left out is what nobody can have: switched off, over, only given, or not to be had `where` was asked for. A reward
    whose code no storefront can make is offered where else it can be used.
    """
    version = in_force(at)
    if version is None or not version.terms.rewards:
        return []
    has, tier = (stands.available - stands.debt, stands.tier) if stands else _balance(customer_id)
    rules = version.terms
    counted = taken(rules.rewards, customer_id)
    found = []
    for reward in as_can_be_had(rules.rewards):
        if not reward.where:
            continue
        refused = refusal(reward, at=at, where=where, tier=tier, tiers=rules.tiers, taken=counted)
        if refused is None or refused.code not in HIDDEN:
            found.append(_offer(reward, has, refused))
    order = get_args(State)
    return sorted(found, key=lambda offer: (order.index(offer.state), offer.missing, offer.reward.points))


def least_points(reward: Reward) -> int:
    """The fewest points that it costs."""
    return max(reward.least_points, reward.points) if reward.kind == "variable" else reward.points


def _balance(customer_id: int) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, [customer_id])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, "")


def _offer(reward: Reward, has: int, refused: Refusal | None) -> Offer:
    least = least_points(reward)
    missing = max(least - has, 0)
    state: State = STATES[refused.code] if refused else "near" if missing else "now"  # type: ignore[assignment]
    why = refused.why if refused else _("%(points)s P to go") % {"points": count(missing)} if missing else ""
    return Offer(
        reward=reward,
        state=state,
        missing=missing,
        share=min(max(has, 0) / least, 1.0),
        why=why,
        most_points=_most(reward, has) if reward.kind == "variable" else None,
    )


def _most(reward: Reward, has: int) -> int:
    """Whole steps only; 0 when there are not enough for the least."""
    most = min(has, reward.most_points) if reward.most_points is not None else has
    most = most // reward.points * reward.points
    return most if most >= least_points(reward) else 0
