"""How points, money, counts and dates look. Pages, mails and exports all come through here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.core import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language


def locale() -> str:
    """The active language as Babel names it."""
    return "ko_KR" if (get_language() or "en").startswith("ko") else "en_GB"


def count(number: int) -> str:
    """A plain count with thousands separated: 12,480. Below zero with a true minus sign."""
    return str(format_decimal(number, locale=locale())).replace("-", "\N{MINUS SIGN}")


def points(number: int, unit: str = "P") -> str:
    """Points with the shop's unit: `12,400 P`."""
    return f"{count(number)} {unit}"


def signed_points(number: int, unit: str = "P") -> str:
    """Points as a change: `+500 P`, `−40 P` (a true minus sign)."""
    sign = "+" if number > 0 else "\N{MINUS SIGN}" if number < 0 else ""
    return f"{sign}{points(abs(number), unit)}"


def money(minor: int, currency: str) -> str:
    """Money from minor units. Won in Korean copy reads `12,000원`; everything else as Babel writes it."""
    digits = get_currency_precision(currency)
    if currency == "KRW" and locale() == "ko_KR":
        return f"{count(minor)}원"
    amount = Decimal(minor).scaleb(-digits)
    return str(format_currency(amount, currency, locale=Locale.parse(locale())))


def day(value: date | datetime) -> str:
    """A date in the active time zone."""
    return date_format(_local(value), "DATE_FORMAT")


def moment(value: datetime) -> str:
    """A date and time in the active time zone."""
    return date_format(_local(value), "DATETIME_FORMAT")


def short_moment(value: datetime) -> str:
    """A date and time for tables."""
    return date_format(_local(value), "SHORT_DATETIME_FORMAT")


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) else value
