"""Worked examples: an order of the rule's own time, with what each rule gave, by the sums that orders go through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.rules import Rules
from loyalty.worked import Setting, Worked, in_its_time, usual_day
from tests.loyalty.test_evaluation import DOUBLE, GOLD, rule, rules

SETTING = Setting(10_000, datetime(2026, 11, 20, 3, 0, tzinfo=UTC), ZoneInfo("Asia/Seoul"), "KR")  # a Friday


def of(key: str, by: Rules) -> Worked:
    found = in_its_time(by, next(rule for rule in by.earning if rule.key == key), SETTING)
    assert found is not None
    return found


def gave(found: Worked) -> dict[str, int]:
    return {one.key: one.points for one in found.gave}


WEEKEND = rule("order", "weekend", **DOUBLE, window={"weekdays": [5, 6], "from_time": "14:00", "to_time": "16:00"})


def test_a_usual_day_is_none_of_those_with_rules_of_their_own() -> None:
    found = usual_day(rules({**WEEKEND, "window": {"weekdays": [5, 6]}}), SETTING)
    assert (found.points, found.amount, found.at.weekday() < 5, gave(found)) == (100, 10_000, True, {"": 100})


def test_a_tier_is_told_beside_the_basic_rule() -> None:
    by = rules(**GOLD)
    assert gave(usual_day(by, SETTING, tier=by.tiers.tiers[0])) == {"": 100, "tier": 50}


def test_a_rule_is_shown_in_its_own_time_with_all_others() -> None:
    found = of("weekend", rules(WEEKEND, rule("order", "thanks", points=7), **GOLD))
    assert (found.at.isoformat(), found.points, found.usual) == ("2026-11-21T14:00:00+09:00", 207, 107)
    assert gave(found) == {"": 100, "weekend": 100, "thanks": 7}


def test_a_rule_that_another_outdoes_adds_nothing() -> None:
    by = rules(rule("order", "three", effect="multiply", factor=300), rule("order", "two", **DOUBLE))
    assert (of("two", by).points, of("two", by).usual) == (300, 300)


@pytest.mark.parametrize(
    ("more", "amount", "points"),
    [
        ({"kind": "lines", "lines": {"tags": ["cake"], "collections": ["home"], "products": ["a"]}}, 10_000, 200),
        ({"kind": "lines", "lines": {"most_price_minor": 3_000}}, 12_000, 240),
        ({"kind": "lines", "lines": {"least_price_minor": 50_000}}, 50_000, 1_000),
        ({"minimum_minor": 30_000}, 30_000, 600),
        ({"audience": {"tiers": ["gold"]}}, 10_000, 300),
        ({"audience": {"tags": ["vip"], "stores": ["till"]}}, 10_000, 200),
        ({"kind": "nth_order", "nth": 3}, 10_000, 200),
        ({"window": {"starts_at": "2027-01-01"}}, 10_000, 200),
        ({"window": {"starts_at": "2026-01-01", "ends_at": "2026-02-01T12:00:00+09:00"}}, 10_000, 200),
        ({"window": {"holidays": True}}, 10_000, 200),
        ({"window": {"weekdays": [0], "from_time": "22:00", "to_time": "02:00"}}, 10_000, 200),
        ({"active": False}, 10_000, 200),
    ],
    ids=str,
)
def test_the_order_is_one_that_the_rule_is_for(more: dict[str, Any], amount: int, points: int) -> None:
    found = of("rule", rules({**rule(), **DOUBLE, **more}, **GOLD))
    assert (found.amount, found.points) == (amount, points)


def test_an_occasion_is_told_with_all_rules_for_it() -> None:
    by = rules(rule("sign_up", points=500), rule("sign_up", "more", points=50))
    assert (of("rule", by).amount, gave(of("rule", by))) == (None, {"rule": 500, "more": 50})


def test_a_time_that_never_comes_has_no_example() -> None:
    by = rules(rule(**DOUBLE, window={"weekdays": [0], "starts_at": "2026-11-21", "ends_at": "2026-11-22"}))
    assert in_its_time(by, by.earning[0], SETTING) is None
