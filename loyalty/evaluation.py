"""What an order or an occasion earns: pure functions of what happened, the rules, and what is known of the member.

No database and no clock. The preview, the replay of past orders and the real thing all ask here. docs/programme.md says
in words what the functions do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Order
from loyalty.rules import Rules


@dataclass(frozen=True, slots=True)
class Used:
    """What one rule has given so far, before this order or occasion. Days and months are the shop's."""

    times: int = 0  # to this member, ever
    times_today: int = 0
    points_today: int = 0
    points_month: int = 0
    points_in_all: int = 0  # to all members together


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the member, besides the order itself, when the order first earns. Kept with the order."""

    nth: int = 0  # which of the member's orders this is, 1 is the first; 0: not asked
    tier: str = ""  # key of the tier
    tags: frozenset[str] = frozenset()
    used: Mapping[str, Used] = field(default_factory=dict)  # by key of a rule with a limit
    holidays: frozenset[date] = frozenset()  # public holidays among the shop's day of the order and the day before
    reward_paid: int = 0  # minor units that codes of the programme's rewards took off; follows the order


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an order should have earned by now."""

    points: int
    arithmetic: dict[str, Any]  # how it came about, for explaining.explain
    outcome: str  # in one word why: a key of explaining.OUTCOMES
    by_rule: dict[str, int] = field(default_factory=dict)  # rule → points on top of the basic rule; may be negative


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that earns points and is no order."""

    kind: str  # a key of earning_rules.KINDS
    at: datetime
    event: str = ""  # of kind "custom": its name
    source: str = ""  # where: a store's public id, or "till"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earned:
    """What one rule gives for an occasion."""

    rule_key: str
    points: int
    arithmetic: dict[str, Any]


NOTHING_KNOWN = Facts()
ZONE = ZoneInfo("UTC")


def evaluate(order: Order, rules: Rules, facts: Facts = NOTHING_KNOWN, zone: ZoneInfo = ZONE) -> Evaluation:
    """What the order as it now stands earns by these rules. `order`: a customers Order or anything with its fields."""
    raise NotImplementedError


def evaluate_occasion(
    occasion: Occasion, rules: Rules, facts: Facts = NOTHING_KNOWN, zone: ZoneInfo = ZONE
) -> list[Earned]:
    """What each rule that fits gives for the occasion."""
    raise NotImplementedError
