"""Who would change tier by another plan, what that costs, and placing all members after it was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.rules import Rules
from loyalty.tier_rules import TierPlan

__all__ = ["Example", "Movers", "Placing", "movers", "placing"]


@dataclass(frozen=True, slots=True)
class Example:
    """One member who would move."""

    customer_id: int
    name: str
    from_tier: str  # key; empty: none
    to_tier: str
    value: int  # of the metric in the present window


@dataclass(frozen=True, slots=True)
class Movers:
    """What a plan would do to the members as they stand. Tiers by key; empty: none."""

    up: Mapping[str, int]  # tier reached → members who come up to it
    down: Mapping[str, int]  # tier → members who come down to it
    unchanged: Mapping[str, int]  # tier → members who stay on it
    cost_points: int  # entry points to be given at once
    cost_minor: int  # what these and the entry rewards are worth, minor units of the programme's currency
    rewards: Mapping[str, int] = field(default_factory=dict)  # key of an entry reward → how many are given
    up_examples: tuple[Example, ...] = ()
    down_examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Placing:
    """How far a published plan has reached all members."""

    version: int  # number of the version
    done: int
    of: int


def movers(new: TierPlan, *, at: datetime, rules: Rules | None = None) -> Movers:
    """What the plan would do if it came into force now. `rules`: those it is part of (default: those in force), for
    the money that counts, the rewards and what a point is worth. A few statements, however many members.
    """
    raise NotImplementedError


def placing(*, at: datetime) -> Placing | None:
    """The placing of all members by a new plan that is under way; None when there is none."""
    raise NotImplementedError
