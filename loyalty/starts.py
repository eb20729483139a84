"""Recommended starts: whole programmes that suit many shops, valid as they are in every country and currency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.money import decimals
from loyalty.programme import default_rules
from loyalty.rules import Rules

# What each is called and why one would take it.
TITLES = {"cafe_stamps": _("Café stamps"), "points": _("Points, 3% back"), "tiers": _("Points and tiers")}
TEXTS = {
    "cafe_stamps": _("Ten visits, one drink free. Points on top, so that larger orders count too."),
    "points": _("Every order gives 3% back in points. The simplest for an online shop."),
    "tiers": _("1% back for everybody, up to 2% for your best customers."),
}
STARTS = tuple(TITLES)

# About what a cup of coffee costs, in minor units; elsewhere four of the usual unit.
CUPS = {
    "KRW": 4_500, "JPY": 450, "USD": 450, "EUR": 350, "GBP": 350, "CNY": 2_500, "TWD": 9_000, "VND": 45_000,
    "IDR": 3_000_000, "THB": 7_000, "INR": 18_000, "AUD": 550, "CAD": 500, "SGD": 600,
}  # fmt: skip


def start(name: str, country: str, currency: str) -> Rules:
    """The rules of this start. Raises KeyError for an unknown name, WrongRules for an unknown currency."""
    changes = _CHANGES[name]
    plain = default_rules(country, currency)
    return Rules.from_json({**plain.to_json(), **changes(plain)})


def usual_order(currency: str) -> int:
    """A round sum as many orders cost, in minor units: ₩10,000, £10."""
    return 10 ** (decimals(currency) + (1 if decimals(currency) else 4))


def cup(currency: str) -> int:
    """About what a coffee costs, in minor units."""
    return CUPS.get(currency, 4 * 10 ** decimals(currency))


def _points(plain: Rules) -> dict[str, Any]:
    return {"earn_points": 3}


def _cafe_stamps(plain: Rules) -> dict[str, Any]:
    drink = {
        "key": "free-drink", "kind": "manual", "points": 0, "value_minor": cup(plain.currency), "where": ("till",),
        "name": {"ko": "음료 한 잔 무료", "en": "A drink on us"},
        "description": {"ko": "도장 10개를 모으면 드려요.", "en": "For ten stamps."},
    }  # fmt: skip
    card = {
        "key": "visits", "name": {"ko": "방문 도장", "en": "Visit stamps"}, "stamps": 10, "reward": "free-drink",
        "by": "visit", "a_day": 3,
    }  # fmt: skip
    return {"stamps": [card], "rewards": [*plain.to_json()["rewards"], drink], "hold_days": 0}


def _tiers(plain: Rules) -> dict[str, Any]:
    usual = usual_order(plain.currency)
    steps = [
        ("regular", "단골", "Regular", 10 * usual, 120, 0),
        ("silver", "실버", "Silver", 30 * usual, 150, 1_000),
        ("gold", "골드", "Gold", 100 * usual, 200, 3_000),
    ]
    tiers = [
        {"key": key, "name": {"ko": ko, "en": en}, "threshold": least, "factor": factor, "entry_points": points}
        for key, ko, en, least, factor, points in steps
    ]
    plan = {"metric": "spend", "window": "rolling", "months": 12, "grace_days": 30, "tiers": tiers}
    return {"tiers": plan}


_CHANGES: dict[str, Callable[[Rules], dict[str, Any]]] = {
    "cafe_stamps": _cafe_stamps,
    "points": _points,
    "tiers": _tiers,
}
