"""Numbers as spreadsheets write them: money, points, phone numbers that were taken for numbers."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.core import UnknownLocaleError
from babel.numbers import get_currency_precision, list_currencies

from customers.addresses import normalise_phone
from imports.problems import Problem, problem

MOST = 10**12
UNITS = re.compile(r"(?:[₩￦£$€¥]|원|점|포인트|(?:KRW|GBP|USD|EUR|JPY|points?|pts?|P)\b\.?)", re.IGNORECASE)
GROUPS = re.compile(r"\d{1,3}([,.'’ ])\d{3}(?:\1\d{3})*")
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]?\d{1,3}", re.IGNORECASE)
# Most of the numbers in a Korean file, without the long way through phonenumbers.
KOREAN_MOBILE = re.compile(r"0?(1[016789]\d{7,8})", re.ASCII)
PLAIN = re.compile(r"\d+(?:\.\d+)?")


def number_of(text: str) -> Decimal:
    """The number that a cell holds: "₩12,000", "12.000,50", "(500)", "1,200 P". Raises Problem."""
    bare = UNITS.sub("", text.replace("\N{NO-BREAK SPACE}", " ")).strip()
    if SCIENTIFIC.fullmatch(bare):
        return Decimal(_unshortened(bare, text))
    negative = bare.startswith(("-", "\N{MINUS SIGN}")) or (bare.startswith("(") and bare.endswith(")"))
    bare = _with_point(bare.strip("()-+\N{MINUS SIGN} "))
    if not PLAIN.fullmatch(bare) or len(bare) > 40:
        raise problem("bad_number", value=text)
    return -Decimal(bare) if negative else Decimal(bare)


def _with_point(text: str) -> str:
    """The same number without separators of thousands, its decimals behind a point."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:  # the last of the two is the decimal one
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        return text.replace(thousands, "").replace(decimal, ".")
    grouped = GROUPS.fullmatch(text)
    if grouped and (grouped[1] != "." or text.count(".") > 1):
        return text.replace(grouped[1], "")
    return text.replace(",", ".") if text.count(",") == 1 else text


def _unshortened(bare: str, text: str) -> int:
    """The whole number behind 1.012345678E+9, provided no digit was rounded away."""
    try:
        value = Decimal(bare.replace(",", "."))
    except InvalidOperation:
        raise problem("bad_number", value=text) from None
    exponent = value.as_tuple().exponent
    # Digits of a short mantissa cannot be told from zeros that were there.
    if not isinstance(exponent, int) or exponent > 0 or value.adjusted() > 18:
        raise problem("shortened", value=text)
    if value != value.to_integral_value():
        raise problem("bad_number", value=text)
    return int(value)


def points_of(text: str) -> int:
    """Whole points from 0 up. Raises Problem."""
    try:
        value = number_of(text)
    except Problem as found:
        raise problem("bad_points" if found.key == "bad_number" else found.key, value=text) from None
    if value < 0:
        raise problem("negative_points", value=text)
    if value != value.to_integral_value():
        raise problem("bad_points", value=text)
    if value > MOST:
        raise problem("too_many_points", value=text)
    return int(value)


def money_of(text: str, currency: str) -> int:
    """An amount in minor units of the currency. Raises Problem: below zero, or finer than the currency is."""
    value = number_of(text)
    if value < 0:
        raise problem("negative_money", value=text)
    minor = value.scaleb(precision_of(currency))
    if minor != minor.to_integral_value() or minor > MOST * 1000:
        raise problem("bad_money", value=text, currency=currency)
    return int(minor)


@lru_cache(maxsize=256)
def precision_of(currency: str) -> int:
    """How many decimals its money has. Raises Problem for what is no currency."""
    try:
        known = currency in list_currencies()
    except UnknownLocaleError:  # pragma: no cover
        known = False
    if not known:
        raise problem("bad_currency", value=currency)
    return int(get_currency_precision(currency))


def phone_of(text: str, country: str) -> str:
    """A phone number in E.164, also when a spreadsheet took it for a number. Raises Problem."""
    bare = text.strip().lstrip("'").removesuffix(".0")
    if SCIENTIFIC.fullmatch(bare):
        bare = str(_unshortened(bare, text))
    if country == "KR" and (mobile := KOREAN_MOBILE.fullmatch(bare.replace("-", "").replace(" ", ""))):
        return f"+82{mobile[1]}"
    phone = normalise_phone(bare, country) if sum(c.isdigit() for c in bare) >= 5 else ""
    # A country code that lost its plus: 821012345678 is no number as dialled in Korea.
    if not phone and bare.isdigit() and len(bare) >= 11:
        phone = normalise_phone(f"+{bare}", country)
    if not phone or len(phone) > 20:
        raise problem("bad_phone", value=text)
    return phone
