"""What a replay has counted so far, small enough to be kept with the draft, and what it comes to in the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from heapq import nlargest, nsmallest
from typing import Any

TOP = 10  # members shown on each side


@dataclass(slots=True)
class Month:
    """One month of the shop's: orders of members, and their points by the draft (`now`) and really (`was`)."""

    orders: int = 0
    now: int = 0
    was: int = 0
    nothing_now: int = 0  # orders that earn nothing
    nothing_was: int = 0
    occasions: int = 0  # joining, birthdays, visits: apart from orders
    occasions_now: int = 0  # points for these
    occasions_was: int = 0


@dataclass(slots=True)
class OfMember:
    """What one member got by the draft and really: for all, and of it for occasions."""

    orders: int = 0
    now: int = 0
    was: int = 0
    occasions_now: int = 0
    occasions_was: int = 0


@dataclass(slots=True)
class Totals:
    """All months, and the members who gain or lose most."""

    months: dict[str, Month] = field(default_factory=dict)
    kinds: dict[str, list[int]] = field(default_factory=dict)  # of occasions: how many, now, was
    # Customer, now, was, of all; and of these for occasions: now, was.
    gainers: list[list[int]] = field(default_factory=list)
    losers: list[list[int]] = field(default_factory=list)
    members: int = 0  # with an order
    more: int = 0  # members who would have more
    less: int = 0
    differing: int = 0  # orders and occasions that would earn something else

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
        counted = self._month(month)
        counted.orders += 1
        counted.now += now
        counted.was += was
        counted.nothing_now += now == 0
        counted.nothing_was += was == 0
        self.differing += now != was

    def occasion(self, month: str, kind: str, now: int, was: int) -> None:
        """Another occasion."""
        counted = self._month(month)
        counted.occasions += 1
        counted.occasions_now += now
        counted.occasions_was += was
        self.kinds[kind] = [a + b for a, b in zip(self.kinds.get(kind, [0, 0, 0]), [1, now, was], strict=True)]
        self.differing += now != was

    def _month(self, month: str) -> Month:
        counted = self.months.get(month)
        if counted is None:
            counted = self.months[month] = Month()
        return counted

    def page(self, members: Iterable[tuple[int, OfMember]]) -> None:
        """What these members got, by customer."""
        gaining, losing = [list(one) for one in self.gainers], [list(one) for one in self.losers]
        for customer, got in members:
            self.members += bool(got.orders)
            if got.now > got.was:
                self.more += 1
                gaining.append([customer, got.now, got.was, got.occasions_now, got.occasions_was])
            elif got.now < got.was:
                self.less += 1
                losing.append([customer, got.now, got.was, got.occasions_now, got.occasions_was])
        self.gainers = nlargest(TOP, gaining, key=lambda one: one[1] - one[2])
        self.losers = nsmallest(TOP, losing, key=lambda one: one[1] - one[2])

    def sums(self) -> dict[str, int]:
        """Over all months."""
        return {one.name: sum(getattr(month, one.name) for month in self.months.values()) for one in fields(Month)}
