"""Rewards that make no sense are named by field."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.rules import Rules, WrongRules
from tests.loyalty.rewards import reward
from tests.shops import NOW

TIERS = {"tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 1}]}


def wrong(*rewards: Any) -> set[str]:
    """The fields that are said to be wrong."""
    try:
        Rules.from_json({"currency": "KRW", "earn_points": 1, "earn_per": 100, "rewards": [*rewards], "tiers": TIERS})
    except WrongRules as error:
        return {field for field, message in error.errors.items() if message}
    return set()


@pytest.mark.parametrize(
    "more",
    [
        {}, {"points": 0}, {"kind": "percent", "percent": 10, "value_minor": 0}, {"kind": "shipping", "value_minor": 0},
        {"kind": "product", "product": "7"}, {"kind": "product", "where": ["till"]},
        {"kind": "manual", "value_minor": 0},
        {"kind": "variable", "least_points": 200, "most_points": 400}, {"tiers": ["gold"]}, {"stock": 0},
        {"starts_at": NOW.isoformat()}, {"per_member": 1, "per_days": 30}, {"on_refund": "keep"}, {"active": False},
    ],
)  # fmt: skip
def test_it_takes_what_makes_sense(more: dict[str, Any]) -> None:
    assert wrong(reward(**more)) == set()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": {"en": ""}}, "name"), ({"name": "Coffee"}, "name"), ({"surprise": 1}, "name"),
        ({"description": {"en": "x" * 501}}, "description"), ({"description": "x"}, "description"),
        ({"points": -1}, "points"), ({"points": 1.5}, "points"), ({"value_minor": 0}, "value_minor"),
        ({"kind": "car"}, "kind"), ({"kind": []}, "kind"),
        ({"kind": "percent"}, "percent"), ({"kind": "percent", "percent": 101}, "percent"),
        ({"most_value_minor": 0}, "most_value_minor"), ({"kind": "product"}, "product"), ({"product": 7}, "product"),
        ({"kind": "variable", "points": 0}, "points"),
        ({"kind": "variable", "least_points": 50}, "least_points"),
        ({"kind": "variable", "most_points": 250}, "most_points"),
        ({"kind": "variable", "least_points": 300, "most_points": 200}, "most_points"),
        ({"stock": -1}, "stock"), ({"per_member": 0}, "per_member"), ({"per_days": 7}, "per_member"),
        ({"per_member": 1, "per_days": 0}, "per_days"), ({"valid_days": 0}, "valid_days"),
        ({"valid_days": None}, "valid_days"),
        ({"tiers": ["silver"]}, "tiers"), ({"tiers": "gold"}, "tiers"), ({"where": []}, "where"),
        ({"where": ["moon"]}, "where"), ({"on_refund": "burn"}, "on_refund"), ({"active": 1}, "active"),
        ({"starts_at": "tomorrow"}, "starts_at"), ({"starts_at": "2026-11-20T12:00:00"}, "starts_at"),
        ({"starts_at": None}, "starts_at"), ({"key": "Coffee to go"}, "key"),
        ({"starts_at": "2026-11-20T12:00:00+09:00", "ends_at": "2026-11-20T12:00:00+09:00"}, "ends_at"),
        ({"minimum_minor": -1}, "minimum_minor"),
    ],
)  # fmt: skip
def test_it_names_the_field_that_is_wrong(more: dict[str, Any], field: str) -> None:
    assert wrong(reward(**more)) == {f"rewards.0.{field}"}


def test_two_rewards_do_not_share_a_key() -> None:
    assert wrong(reward(), reward()) == {"rewards.1.key"}


@pytest.mark.parametrize("rewards", [7, "x", [None], [[]], [{}]])
def test_nonsense_is_refused_and_breaks_nothing(rewards: Any) -> None:
    with pytest.raises(WrongRules):
        Rules.from_json({"currency": "KRW", "earn_points": 1, "earn_per": 100, "rewards": rewards})
