"""What the shop owes its members in points and money, as of any day, and what moved in a month. docs/liability.md"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Accounts:
    """Points of all members together, by account. `debt` is what they owe, positive."""

    available: int
    pending: int
    held: int
    debt: int

    @property
    def outstanding(self) -> int:
        """Points that members can still come to use; what they owe is not taken off."""
        return self.available + self.pending + self.held


@dataclass(frozen=True, slots=True)
class Bucket:
    """Outstanding points of one age, or of one month of expiry (`since` is its first day; None: never expires)."""

    since: date | None
    points: int


@dataclass(frozen=True, slots=True)
class Breakage:
    """How much of what is outstanding will probably expire unused, by this shop's own past."""

    share: float  # of the points issued in cohorts that are over
    low: float
    high: float
    cohorts: int
    points: int  # of what is outstanding


@dataclass(frozen=True, slots=True)
class Movement:
    """One month: opening + issued − redeemed − expired − clawed_back + adjusted = closing, to the point."""

    month: date  # its first day
    opening: int
    issued: int
    redeemed: int
    expired: int
    clawed_back: int
    adjusted: int
    closing: int


@dataclass(frozen=True, slots=True)
class Liability:
    """The books at the end of `day`, as they were recorded until then."""

    day: date
    counted_at: datetime
    accounts: Accounts
    by_age: tuple[Bucket, ...]
    by_expiry: tuple[Bucket, ...]
    breakage: Breakage | None  # None: too little has run its course yet
    worth_minor: int  # of what is outstanding, by the programme in force
    currency: str
    movements: tuple[Movement, ...]  # the last twelve months, oldest first


def report(*, at: datetime, day: date | None = None) -> Liability:
    """The liability as of the end of `day` (now when not given), reconciling with the entries to the point."""
    raise NotImplementedError
