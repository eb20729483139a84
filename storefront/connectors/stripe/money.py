"""Stripe's amounts: integers of its own smallest unit, which for some currencies is not the one the world uses.

Source: Stripe's documentation on currencies, "Zero-decimal currencies" and "Special cases".
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from config.money import decimals

_WITHOUT = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_WITH_THREE = "BHD JOD KWD OMR TND"
DECIMALS = dict.fromkeys(_WITHOUT.split(), 0) | dict.fromkeys(_WITH_THREE.split(), 3)  # else 2, also for ISK and UGX


def minor(amount: int, currency: str) -> int:
    """Our minor units of an amount in Stripe's. Raises TypeError for what is no whole number."""
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TypeError("money that is none")
    exact = Decimal(amount).scaleb(decimals(currency) - DECIMALS.get(currency, 2))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
