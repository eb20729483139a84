"""The rules of a programme: what money earns, when points can be used, when they expire. A version stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.translation import gettext_lazy as _

from config.money import decimals
from loyalty import stored
from loyalty.earning_rules import EarningRule
from loyalty.reward_rules import Reward
from loyalty.rule_checks import ROUNDING_UNITS, WrongRules, check
from loyalty.stamp_rules import StampCard
from loyalty.tier_rules import TierPlan

__all__ = ["ROUNDING_UNITS", "ExpiryBy", "ExpiryEnds", "HoldFrom", "Reward", "Rounding", "Rules", "WrongRules"]

# What is stored, and how people read it.
Rounding = {"floor": _("down"), "half_up": _("to the nearest"), "ceil": _("up")}
HoldFrom = {
    "paid": _("payment"),
    "fulfilled": _("dispatch"),
    "delivered": _("delivery"),
    "confirmed": _("the buyer's confirmation"),
}
ExpiryEnds = {"day": _("that day"), "month": _("that month"), "year": _("that year")}
ExpiryBy = {"lot": _("each on its own"), "inactivity": _("all together, after a time without activity")}


@dataclass(frozen=True, slots=True)
class Rules:
    """One earning rule and what surrounds it. Money in minor units of `currency`, points whole.

    `earn_points` for each `earn_per` of money that counts: 1 per 100 is 1 % in won, and a point per pound in pence.
    """

    currency: str
    earn_points: int
    earn_per: int
    rounding: str = "floor"  # a key of Rounding
    rounding_unit: int = 1  # points are rounded to a multiple of this
    count_tax: bool = False  # tax that the storefront states apart from the prices
    count_shipping: bool = False
    count_gift_cards: bool = False  # money spent on buying gift cards
    count_points_paid: bool = False  # the part of an order paid by points
    minimum_minor: int = 0  # an order whose counted money is below earns nothing
    hold_days: int = 0  # from `hold_from` until the points can be used
    hold_from: str = "paid"  # a key of HoldFrom
    hold_at_most: int = 60  # days from payment after which points waiting for a parcel can be used all the same
    expiry_months: int | None = None  # from payment, or from the last activity; None: never
    expiry_ends: str = "month"  # a key of ExpiryEnds: they last until the end of that day, month or year
    expiry_by: str = "lot"  # a key of ExpiryBy
    notices: tuple[int, ...] = (60, 30, 3)  # days before expiry; nothing expires without them
    worth_of_100: int = 100  # minor units that 100 points are worth
    stacking: str = "best"  # a key of earning_rules.STACKING: how rules for the same money go together
    earning: tuple[EarningRule, ...] = ()  # besides the basic rule
    stamps: tuple[StampCard, ...] = ()
    tiers: TierPlan = field(default_factory=TierPlan)
    rewards: tuple[Reward, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Read stored or submitted rules. Raises WrongRules naming each wrong field and why."""
        check(data, known=stored.names(cls))
        return with_keys(stored.read(cls, data))

    def to_json(self) -> dict[str, Any]:
        """The shape that `from_json` reads."""
        return asdict(self)

    def points_for(self, money: int) -> int:
        """Points that this much counted money earns, in whole multiples of `rounding_unit`."""
        if money <= 0 or money < self.minimum_minor:
            return 0
        exact, step = money * self.earn_points, self.earn_per * self.rounding_unit
        extra = {"floor": 0, "half_up": step // 2, "ceil": step - 1}[self.rounding]
        return (exact + extra) // step * self.rounding_unit

    def worth(self, points: int) -> int:
        """What points are worth in minor units, rounded down."""
        return points * self.worth_of_100 // 100

    @property
    def is_percent(self) -> bool:
        """Whether people say "1 %" (won, yen) rather than "a point per pound"."""
        return decimals(self.currency) == 0

    def matures_at(self, earned_at: datetime) -> datetime | None:
        """When points earned then can be used; None: at once."""
        return earned_at + timedelta(days=self.hold_days) if self.hold_days else None

    def expires_at(self, earned_at: datetime, zone: ZoneInfo) -> datetime | None:
        """The last moment of points earned then, 23:59:59 of a day in the shop's time zone; None: never."""
        if self.expiry_months is None:
            return None
        local = earned_at.astimezone(zone)
        years, month = divmod(local.month - 1 + self.expiry_months, 12)
        first = local.date().replace(year=local.year + years, month=month + 1, day=1)
        last = _month_end(first)
        wanted = {
            "day": first.replace(day=min(local.day, last.day)),
            "month": last,
            "year": date(first.year, 12, 31),
        }[self.expiry_ends]
        return datetime.combine(wanted, time(23, 59, 59), zone)


@lru_cache(maxsize=256)
def stored_rules(text: bytes) -> Rules:
    """The rules of this JSON; the same object for the same text. Raises WrongRules."""
    return Rules.from_json(orjson.loads(text))


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def with_keys(rules: Rules) -> Rules:
    """The same rules, each reward with a key."""
    if all(reward.key for reward in rules.rewards):
        return rules
    rewards = (replace(reward, key=reward.key or f"reward-{place}") for place, reward in enumerate(rules.rewards, 1))
    return replace(rules, rewards=tuple(rewards))
