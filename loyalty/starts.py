"""Recommended starts: whole programmes that suit many shops, valid as they are in every country and currency."""

from __future__ import annotations

from loyalty.rules import Rules

STARTS = ("cafe_stamps", "points", "tiers")


def start(name: str, country: str, currency: str) -> Rules:
    """The rules of this start. Raises KeyError for an unknown name, WrongRules for an unknown currency."""
    raise NotImplementedError
