"""Money is an integer of minor units with its currency: 12.50 GBP is 1250, 12,000 KRW is 12000."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

KNOWN_CURRENCIES = frozenset(list_currencies())


class WrongMoney(ValueError):
    """The text is no amount of that currency."""


def to_minor(text: str, currency: str) -> int:
    """Minor units of a decimal string such as "12.50". Raises WrongMoney for more decimals than the currency has."""
    amount = Decimal(text).scaleb(decimals(currency))
    if amount != amount.to_integral_value():
        raise WrongMoney(f"{text} has more decimals than {currency} allows ({decimals(currency)})")
    return int(amount)


def to_major(minor: int, currency: str) -> Decimal:
    """The amount in the currency's usual unit."""
    return Decimal(minor).scaleb(-decimals(currency))


@lru_cache(maxsize=512)
def decimals(currency: str) -> int:
    """How many decimals a currency has: 0 for KRW and JPY, 2 for GBP, 3 for KWD."""
    return get_currency_precision(currency)
