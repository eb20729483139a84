"""Amounts as shop systems write them: text, a number, with more or fewer decimals than the currency has, or nothing."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config.money import decimals


def exact(amount: Any) -> Decimal:
    """The amount as it stands; 0 for none. Raises decimal.InvalidOperation for what is no number."""
    return Decimal(0) if amount in (None, "") else Decimal(str(amount))


def minor(amount: Any, currency: str) -> int:
    """Minor units of the currency; finer fractions are rounded half up, away from zero."""
    return int(exact(amount).scaleb(decimals(currency)).quantize(Decimal(1), ROUND_HALF_UP))
