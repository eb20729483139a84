"""Amounts as shop systems write them."""

from __future__ import annotations

from config.money import decimals


def text(minor: int, currency: str, *, places: int | None = None) -> str:
    """ "12000" won and "120.00" pounds; with `places` always so many, as Cafe24's "12000.00"."""
    digits = decimals(currency)
    shown = digits if places is None else places
    sign, value = ("-" if minor < 0 else ""), abs(minor)
    whole, fraction = divmod(value, 10**digits)
    tail = f"{fraction:0{digits}d}" if digits else ""
    return f"{sign}{whole}" + (f".{tail.ljust(shown, '0')[:shown]}" if shown else "")
