"""What a replay has counted so far, small enough to be kept with the draft, and what it comes to in the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from heapq import nlargest, nsmallest
from typing import Any

TOP = 10  # members shown on each side


@dataclass(slots=True)
class Month:
    """One month of the shop's: orders of members, and points by the draft (`now`) and really (`was`)."""

    orders: int = 0
    now: int = 0
    was: int = 0
    nothing_now: int = 0  # orders that earn nothing
    nothing_was: int = 0


@dataclass(slots=True)
class Totals:
    """All months, and the members who gain or lose most."""

    months: dict[str, Month] = field(default_factory=dict)
    gainers: list[list[int]] = field(default_factory=list)  # customer, now, was
    losers: list[list[int]] = field(default_factory=list)
    members: int = 0
    more: int = 0  # members who would have more
    less: int = 0
    differing: int = 0  # orders that would earn something else

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Totals:
        """What `to_json` wrote."""
        months = {month: Month(**counted) for month, counted in data.get("months", {}).items()}
        return cls(**{**data, "months": months})

    def to_json(self) -> dict[str, Any]:
        """As kept with the draft."""
        return asdict(self)

    def order(self, month: str, now: int, was: int) -> None:
        """Another order."""
        counted = self.months.get(month)
        if counted is None:
            counted = self.months[month] = Month()
        counted.orders += 1
        counted.now += now
        counted.was += was
        counted.nothing_now += now == 0
        counted.nothing_was += was == 0
        self.differing += now != was

    def page(self, members: Iterable[tuple[int, int, int]]) -> None:
        """What all orders of these members came to: customer, now, was."""
        gaining, losing = [list(one) for one in self.gainers], [list(one) for one in self.losers]
        for customer, now, was in members:
            self.members += 1
            if now > was:
                self.more += 1
                gaining.append([customer, now, was])
            elif now < was:
                self.less += 1
                losing.append([customer, now, was])
        self.gainers = nlargest(TOP, gaining, key=lambda one: one[1] - one[2])
        self.losers = nsmallest(TOP, losing, key=lambda one: one[1] - one[2])

    def sums(self) -> dict[str, int]:
        """Over all months."""
        names = ("orders", "now", "was", "nothing_now", "nothing_was")
        return {name: sum(getattr(month, name) for month in self.months.values()) for name in names}
