"""Reading the fields of a document, gathering every mistake with its place instead of stopping at the first."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

from config.money import KNOWN_CURRENCIES, WrongMoney, to_minor
from storefront.connectors.interface import NotUnderstood
from storefront.documents import Problem

# A sender's clock may run ahead of ours by this much. Later times are mistakes, and as a version one would shut out
# every later state of the order.
CLOCKS_DIFFER = timedelta(days=1)
# Earlier times are mistakes too; the first of all, year 1, cannot even be shown west of Greenwich.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class Mistakes:
    """The problems found so far while one document is read."""

    def __init__(self, received_at: datetime) -> None:
        self.found: list[Problem] = []
        self._latest = received_at + CLOCKS_DIFFER

    def note(self, path: str, message: str) -> None:
        """One more."""
        self.found.append(Problem(path, message))

    def raise_if_any(self) -> None:
        """Raises NotUnderstood with all that was found."""
        if self.found:
            raise NotUnderstood(self.found)

    def money(self, path: str, text: str | None, currency: str) -> int:
        """Minor units of a decimal text; 0 for none and for a mistake."""
        if text is None:
            return 0
        try:
            return to_minor(text, currency)
        except WrongMoney as error:
            self.note(path, str(error))
        return 0

    def currency(self, path: str, code: str) -> str:
        """The code if the world knows it; else a mistake, and one with two decimals to go on with."""
        if code in KNOWN_CURRENCIES:
            return code
        self.note(path, "is no currency we know")
        return "USD"

    def moment(self, path: str, text: str) -> datetime:
        """A time in UTC, not before 1900 and not later than a day from now."""
        try:
            moment = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            self.note(path, "is no time that exists")
            return self._latest
        if moment > self._latest:
            self.note(path, "lies in the future")
        if moment < EARLIEST:
            self.note(path, "lies before 1900")
        return moment

    def moment_or_none(self, path: str, text: str | None) -> datetime | None:
        """As moment, where a time may be left out."""
        return None if text is None else self.moment(path, text)

    def day(self, path: str, text: str | None) -> date | None:
        """A date in the past."""
        if text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.note(path, "is no date that exists")
            return None
        if day > self._latest.date():
            self.note(path, "lies in the future")
        return day


def text(value: Any, length: int) -> str:
    """What a person may read: in NFC, without control characters, cut to `length`. Empty for anything but text."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and value.isprintable():  # as nearly all of it is
        return value.strip()[:length]
    plain = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", value))
    return plain.strip()[:length]


def id_text(value: Any, length: int = 100) -> str:
    """An id as text, whether its sender writes it as text or as a number; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:length]
    return text(value, length)


def known_id(*stated: Any) -> str:
    """The first of these that is an id, as text. Raises ValueError when none is: nothing may be kept under no id."""
    found = next(filter(None, map(id_text, stated)), "")
    if not found:
        raise ValueError("an id that is none")
    return found
