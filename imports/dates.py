"""Dates and times as spreadsheets and exports write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from imports.problems import problem

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of a spreadsheet, wherever it is
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:\D?(\d{2})(\d{2})(\d{2})?)?")
DIGITS = re.compile(r"(\d{1,4})\D{1,3}?(\d{1,2})\D{1,3}?(\d{1,4})(.*)", re.DOTALL)
CLOCK = re.compile(r"(\d{1,2})\s*[:시]\s*(\d{1,2})(?:\s*[:분]\s*(\d{1,2})(?:[.,]\d+)?)?")
ZONE = re.compile(r"(?:\d|\s|[ap]m)(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2}))\s*$", re.IGNORECASE)
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
NAMED = re.compile(r"\b(" + "|".join(MONTHS) + r")[a-z]*\.?", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1900, 2100


def moment_of(text: str, zone: tzinfo, *, month_first: bool = False) -> datetime:
    """The moment a cell names; without a zone of its own it is the shop's. Raises Problem."""
    return _read(text.strip()[:60], zone, month_first)


def day_of(text: str, *, month_first: bool = False) -> date:
    """The day a cell names, whatever its time. Raises Problem."""
    # The zone does not matter to the day as written.
    moment = _read(text.strip()[:60], UTC, month_first)
    return moment.date()


@lru_cache(maxsize=4096)
def _read(text: str, zone: tzinfo, month_first: bool) -> datetime:
    if SERIAL.fullmatch(text):
        moment = EPOCH + timedelta(seconds=round(float(text) * 86_400))
        return _aware(moment, zone, text)
    if compact := COMPACT.fullmatch(text):
        numbers = [int(part or 0) for part in compact.groups()]
        return _aware(_moment(text, *numbers), zone, text)
    year, month, day, rest = _calendar(text, month_first)
    hour, minute, second = _clock(rest, text)
    return _aware(_moment(text, year, month, day, hour, minute, second), _zone(rest) or zone, text)


def _calendar(text: str, month_first: bool) -> tuple[int, int, int, str]:
    """Year, month, day and what follows them."""
    if named := NAMED.search(text):
        return _with_named_month(text, named)
    found = DIGITS.match(text)
    if not found:
        raise problem("bad_date", value=text)
    a, b, c = (int(found[n]) for n in (1, 2, 3))
    if len(found[1]) == 4:
        return a, b, c, found[4]
    if len(found[3]) == 4:
        day, month = (b, a) if (month_first and a <= 12) or b > 12 else (a, b)
        return c, month, day, found[4]
    if len(found[1]) == 2 and len(found[3]) == 2:  # 26. 11. 22.
        return 2000 + a, b, c, found[4]
    raise problem("bad_date", value=text)


def _with_named_month(text: str, named: re.Match[str]) -> tuple[int, int, int, str]:
    """22 Nov 2026 and November 22, 2026."""
    month = MONTHS[named[1].lower()]
    around = re.sub(r"^[a-z]+,?\s*(?=\d)", "", text[: named.start()], flags=re.IGNORECASE)  # "Sun, "
    numbers = re.match(r"\D*(\d{1,2})(?:st|nd|rd|th)?\D+(\d{4})(.*)", around + " " + text[named.end() :], re.DOTALL)
    if not numbers:
        raise problem("bad_date", value=text)
    return int(numbers[2]), month, int(numbers[1]), numbers[3]


def _clock(rest: str, text: str) -> tuple[int, int, int]:
    """Hour, minute and second; midnight when none is named. The half of the day stands before or behind."""
    found = CLOCK.search(rest)
    if not found:
        if re.search(r"[^\s.,:TZ\d+()일월화수목금토요-]", rest, re.IGNORECASE):
            raise problem("bad_date", value=text)
        return 0, 0, 0
    hour, minute, second = (int(part or 0) for part in found.groups())
    afternoon = re.search(r"오후|pm\b|p\.m\.", rest, re.IGNORECASE)
    morning = re.search(r"오전|am\b|a\.m\.", rest, re.IGNORECASE)
    if afternoon and hour < 12:
        hour += 12
    if morning and hour == 12:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        raise problem("bad_date", value=text)
    return hour, minute, second


def _zone(rest: str) -> tzinfo | None:
    found = ZONE.search(rest)
    if not found:
        return None
    if found[1]:
        return UTC
    offset = timedelta(hours=int(found[3]), minutes=int(found[4]))
    return timezone(offset if found[2] == "+" else -offset) if offset < timedelta(hours=15) else None


def _moment(text: str, *numbers: int) -> datetime:
    try:
        return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001  the zone follows
    except ValueError:
        raise problem("no_such_day", value=text) from None


def _aware(moment: datetime, zone: tzinfo, text: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise problem("bad_year", value=text)
    return moment.replace(tzinfo=zone)
