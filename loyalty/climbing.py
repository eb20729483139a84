"""The tier of one member while past orders are replayed. As placements.py places members, but step by step.

An order, a day of visits or its points is a dated amount. The sum of a window that ends with it carries a tier for so
long as that window is; a member is on the highest that is carried. See docs/tiers.md.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from loyalty.tier_rules import Tier, TierPlan


class Climber:
    """One member by one plan. Moments are the shop's local time."""

    __slots__ = ("carried", "facts", "plan", "total", "years")

    def __init__(self, plan: TierPlan) -> None:
        self.plan = plan
        self.facts: list[tuple[datetime, int]] = []
        self.carried: list[tuple[int, datetime | None]] = []  # place of a tier, and until when; None: for ever
        self.total = 0
        self.years: dict[int, int] = {}

    def tier(self, at: datetime) -> Tier | None:
        """The tier at that moment; None below the first."""
        place = reached(self.plan.tiers, 0)
        for candidate, until in self.carried:
            if candidate > place and (until is None or until > at):
                place = candidate
        return self.plan.tiers[place - 1] if place else None

    def count(self, amount: int, at: datetime) -> None:
        """Another amount of the plan's metric."""
        if amount <= 0 or (self.plan.metric == "visits" and self.facts and self.facts[-1][0].date() == at.date()):
            return
        self.facts.append((at, amount))
        value, until = self._window(amount, at)
        if place := reached(self.plan.tiers, value):
            self.carried.append((place, until))

    def _window(self, amount: int, at: datetime) -> tuple[int, datetime | None]:
        """What the window that ends now holds, and until when it carries."""
        plan, grace = self.plan, timedelta(days=self.plan.grace_days)
        if plan.window == "lifetime":
            self.total += amount
            return self.total, None
        if plan.window == "calendar_year":
            self.years[at.year] = self.years.get(at.year, 0) + amount
            return self.years[at.year], at.replace(
                year=at.year + 2, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
            ) + grace
        since = months_later(at, -plan.months)
        return sum(of for when, of in self.facts if when >= since), months_later(at, plan.months) + grace


def reached(tiers: Sequence[Tier], value: int) -> int:
    """The place of the highest tier that this value reaches; 0 for none."""
    return max((place for place, tier in enumerate(tiers, 1) if tier.threshold <= value), default=0)


def months_later(at: datetime, months: int) -> datetime:
    """The same day so many months later or earlier; the last day of a shorter month."""
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


def history_needed(plan: TierPlan, since: date) -> date:
    """From when on earlier facts can carry a tier at `since`, a little generously."""
    if not plan.tiers or plan.window == "lifetime":
        return date.min if plan.tiers else since
    if plan.window == "calendar_year":
        return date(since.year - 2, 1, 1)
    return since - timedelta(days=62 * plan.months + plan.grace_days + 5)
