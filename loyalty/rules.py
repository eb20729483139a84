"""The rules of a programme: what money earns, when points can be used, when they expire. A version stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.money import decimals
from loyalty.rule_checks import ROUNDING_UNITS, WrongRules, check

__all__ = ["ROUNDING_UNITS", "Reward", "Rounding", "Rules", "WrongRules"]

# What is stored, and how people read it.
Rounding = {"floor": _("down"), "half_up": _("to the nearest"), "ceil": _("up")}


@dataclass(frozen=True, slots=True)
class Reward:
    """Something points can buy, for "the way to the next reward"."""

    name: dict[str, str]  # by language: {"ko": …, "en": …}
    points: int
    value_minor: int  # what it is worth, in minor units of the programme's currency

    @property
    def label(self) -> str:
        """The name in the active language, else in whichever there is."""
        language = (get_language() or "en")[:2]
        return self.name.get(language) or next((name for name in self.name.values() if name), "")


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
    hold_days: int = 0  # from payment until the points can be used
    expiry_months: int | None = None  # from payment; None: never
    expiry_month_end: bool = True  # they last until the end of that month
    worth_of_100: int = 100  # minor units that 100 points are worth
    rewards: tuple[Reward, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Read stored or submitted rules. Raises WrongRules naming each wrong field and why."""
        check(data, known={field.name for field in fields(cls)})
        rewards = tuple(Reward(dict(r["name"]), r["points"], r["value_minor"]) for r in data.get("rewards", ()))
        return cls(**{**data, "rewards": rewards})

    def to_json(self) -> dict[str, Any]:
        """The shape that `from_json` reads."""
        return {**asdict(self), "rewards": [asdict(reward) for reward in self.rewards]}

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
        wanted = last if self.expiry_month_end else first.replace(day=min(local.day, last.day))
        return datetime.combine(wanted, time(23, 59, 59), zone)


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
