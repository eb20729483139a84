"""When a rule holds: from and until, weekdays, hours, public holidays; all by the shop's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from loyalty.earning_rules import Window

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class When:
    """A window, read once. `starts` and `ends` are without a zone where the rules told none: the shop's then."""

    starts: datetime | None
    ends: datetime | None
    weekdays: frozenset[int]
    from_minute: int
    to_minute: int
    all_day: bool
    holidays: bool

    def holds(self, at: datetime, local: datetime, public: frozenset[date]) -> bool:
        """Whether it holds at that moment. `local` is the same by the shop's clock, naive; `public`: holidays."""
        if self.starts is not None and (at if self.starts.tzinfo else local) < self.starts:
            return False
        if self.ends is not None and (at if self.ends.tzinfo else local) >= self.ends:
            return False
        began = local if self.all_day else self._began(local)
        if began is None:
            return False
        if not self.weekdays and not self.holidays:
            return True
        return began.weekday() in self.weekdays or (self.holidays and began.date() in public)

    def _began(self, local: datetime) -> datetime | None:
        """The day on which the hours that run now began: hours past midnight belong to the day before."""
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.to_minute:
            return local if self.from_minute <= minute < self.to_minute else None
        if minute >= self.from_minute:
            return local
        return local - DAY if minute < self.to_minute else None


def when(window: Window) -> When | None:
    """The window ready to be asked; None: it always holds. The texts have been checked (earning_checks.py)."""
    if window == ALWAYS:
        return None
    return When(
        starts=moment(window.starts_at),
        ends=moment(window.ends_at),
        weekdays=frozenset(window.weekdays),
        from_minute=minute_of(window.from_time) if window.from_time else 0,
        to_minute=minute_of(window.to_time) if window.to_time else MINUTES_A_DAY,
        all_day=not window.from_time and not window.to_time,
        holidays=window.holidays,
    )


def moment(text: str) -> datetime | None:
    """ISO 8601, a date alone being its first moment; None for an empty text. Raises ValueError."""
    return datetime.fromisoformat(text) if text else None


def minute_of(text: str) -> int:
    """Minutes since midnight of "14:30". Raises ValueError."""
    read = time.fromisoformat(text)
    if read.tzinfo is not None:
        raise ValueError(text)
    return read.hour * 60 + read.minute


def public_holidays(country: str, days: Iterable[date]) -> frozenset[date]:
    """Those of the days that are public holidays in the country, by the package `holidays`."""
    return frozenset(day for day in days if day in _calendar(country, day.year))


@lru_cache(maxsize=256)
def _calendar(country: str, year: int) -> frozenset[date]:
    import holidays  # takes most of a second to load, and few shops have such a rule

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # a country that the package does not know has none
        return frozenset()
