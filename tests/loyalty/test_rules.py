"""The rules: how much money earns, when points mature and expire, and which rules are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules import Reward, Rules, WrongRules

WON = Rules(currency="KRW", earn_points=1, earn_per=100)
SEOUL, LONDON = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("rounding", "unit", "points"),
    [
        ("floor", 1, 123),
        ("half_up", 1, 123),
        ("ceil", 1, 124),
        ("floor", 10, 120),
        ("half_up", 10, 120),
        ("ceil", 100, 200),
    ],
)
def test_it_rounds_to_the_unit(rounding: str, unit: int, points: int) -> None:
    assert replace(WON, rounding=rounding, rounding_unit=unit).points_for(12_345) == points


def test_a_half_rounds_up() -> None:
    assert replace(WON, rounding="half_up").points_for(150) == 2


@pytest.mark.parametrize("money", [0, -1, -100])
def test_no_money_earns_nothing_however_it_rounds(money: int) -> None:
    assert replace(WON, rounding="ceil").points_for(money) == 0


def test_money_below_the_minimum_earns_nothing() -> None:
    rules = replace(WON, minimum_minor=5_000)
    assert (rules.points_for(4_999), rules.points_for(5_000)) == (0, 50)


@given(a=st.integers(0, 10**9), b=st.integers(0, 10**9), rate=st.integers(1, 50), per=st.integers(1, 1000))
def test_more_money_never_earns_less(a: int, b: int, rate: int, per: int) -> None:
    rules = replace(WON, earn_points=rate, earn_per=per, rounding="half_up", rounding_unit=10)
    low, high = sorted((a, b))
    assert rules.points_for(low) <= rules.points_for(high)


@pytest.mark.parametrize(
    ("paid", "months", "month_end", "zone", "last"),
    [
        ("2026-11-20T03:00+00:00", 36, True, SEOUL, "2029-11-30T23:59:59+09:00"),
        ("2026-11-20T03:00+00:00", 36, False, SEOUL, "2029-11-20T23:59:59+09:00"),
        ("2026-11-30T15:00+00:00", 1, True, SEOUL, "2027-01-31T23:59:59+09:00"),  # already December in Seoul
        ("2027-01-31T12:00+00:00", 1, False, LONDON, "2027-02-28T23:59:59+00:00"),
        ("2027-09-30T12:00+00:00", 6, True, LONDON, "2028-03-31T23:59:59+01:00"),  # summer time has begun
    ],
    ids=["month end", "same day", "the shop's own month", "no such day", "summer time"],
)
def test_points_last_to_the_end_of_a_day_at_the_shop(
    paid: str, months: int, month_end: bool, zone: ZoneInfo, last: str
) -> None:
    rules = replace(WON, expiry_months=months, expiry_ends="month" if month_end else "day")
    assert rules.expires_at(datetime.fromisoformat(paid), zone) == datetime.fromisoformat(last)


def test_points_without_an_expiry_last_for_ever() -> None:
    assert WON.expires_at(datetime(2026, 1, 1, tzinfo=UTC), SEOUL) is None


def test_the_wait_counts_whole_days_from_payment() -> None:
    paid = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)
    assert replace(WON, hold_days=7).matures_at(paid) == paid + timedelta(days=7)
    assert WON.matures_at(paid) is None


def test_worth_is_rounded_down() -> None:
    assert replace(WON, worth_of_100=50).worth(7) == 3


def test_a_reward_is_named_in_the_readers_language_or_the_one_there_is() -> None:
    reward = Reward({"ko": "커피 한 잔", "en": ""}, 100, 4_500)
    with translation.override("en"):
        assert reward.label == "커피 한 잔"


def test_stored_rules_read_back_the_same() -> None:
    rules = replace(WON, rewards=(Reward({"en": "Coffee"}, 100, 4_500, "coffee"),), expiry_months=12)
    assert Rules.from_json(rules.to_json()) == rules


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XXZ"}, "currency"),
        ({"currency": ["KRW"]}, "currency"),
        ({"earn_points": 0}, "earn_points"),
        ({"earn_points": "1"}, "earn_points"),
        ({"earn_per": 1.5}, "earn_per"),
        ({"earn_per": True}, "earn_per"),
        ({"rounding": "banker"}, "rounding"),
        ({"rounding": {}}, "rounding"),
        ({"rounding_unit": 7}, "rounding_unit"),
        ({"count_tax": 1}, "count_tax"),
        ({"hold_days": -1}, "hold_days"),
        ({"hold_days": 40, "expiry_months": 1}, "expiry_months"),
        ({"expiry_months": 0}, "expiry_months"),
        ({"minimum_minor": None}, "minimum_minor"),
        ({"typo": 1}, "typo"),
        ({"rewards": "none"}, "rewards"),
        ({"rewards": [{"name": {"en": "X"}, "points": -1, "value_minor": 1}]}, "rewards.0.points"),
        ({"rewards": [{"name": {"en": " "}, "points": 1, "value_minor": 1}]}, "rewards.0.name"),
        ({"rewards": [{"name": {"en": "X"}, "points": 1, "value_minor": -1}]}, "rewards.0.value_minor"),
        ({"rewards": [7]}, "rewards.0.name"),
    ],
    ids=str,
)
def test_wrong_rules_are_named_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongRules) as wrong:
        Rules.from_json({**WON.to_json(), **change})
    assert list(wrong.value.errors) == [field]


def test_rules_without_a_rate_are_refused() -> None:
    with pytest.raises(WrongRules) as wrong:
        Rules.from_json({"currency": "KRW"})
    assert set(wrong.value.errors) == {"earn_points", "earn_per"}


TIER = {"key": "silver", "name": {"en": "Silver"}, "threshold": 100}
CARD = {"key": "card", "name": {"en": "Card"}, "stamps": 5, "reward": "reward-1"}
COFFEE = {"name": {"en": "Coffee"}, "points": 0, "value_minor": 4_500}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tiers": []}, "tiers"),
        ({"tiers": {"metric": "luck"}}, "tiers.metric"),
        ({"tiers": {"window": "day"}}, "tiers.window"),
        ({"tiers": {"months": 0}}, "tiers.months"),
        ({"tiers": {"grace_days": 400}}, "tiers.grace_days"),
        ({"tiers": {"tiers": [TIER] * 11}}, "tiers.tiers"),
        ({"tiers": {"tiers": [{"key": "a"}]}}, "tiers.tiers.0.name"),
        ({"tiers": {"tiers": [{**TIER, "key": "Not A Key"}]}}, "tiers.tiers.0.key"),
        ({"tiers": {"tiers": [TIER, {**TIER, "threshold": 200}]}}, "tiers.tiers.1.key"),
        ({"tiers": {"tiers": [TIER, {**TIER, "key": "gold"}]}}, "tiers.tiers.1.threshold"),
        ({"tiers": {"tiers": [{**TIER, "factor": 50}]}}, "tiers.tiers.0.factor"),
        ({"tiers": {"tiers": [{**TIER, "entry_points": -1}]}}, "tiers.tiers.0.entry_points"),
        ({"tiers": {"tiers": [{**TIER, "entry_reward": "none"}]}}, "tiers.tiers.0.entry_reward"),
        ({"tiers": {"tiers": [{**TIER, "early_access": "yes"}]}}, "tiers.tiers.0.early_access"),
        ({"stamps": {}}, "stamps"),
        ({"stamps": [{"key": "card"}]}, "stamps.0.name"),
        ({"stamps": [CARD, CARD], "rewards": [COFFEE]}, "stamps.1.key"),
        ({"stamps": [{**CARD, "stamps": 0}], "rewards": [COFFEE]}, "stamps.0.stamps"),
        ({"stamps": [CARD]}, "stamps.0.reward"),
        ({"stamps": [{**CARD, "by": "luck"}], "rewards": [COFFEE]}, "stamps.0.by"),
        ({"stamps": [{**CARD, "months": 0}], "rewards": [COFFEE]}, "stamps.0.months"),
        ({"stamps": [{**CARD, "lines": {"tags": "beans"}}], "rewards": [COFFEE]}, "stamps.0.lines.tags"),
    ],
)
def test_tiers_and_cards_that_make_no_sense_are_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(WrongRules) as refused:
        Rules.from_json({"currency": "KRW", "earn_points": 1, "earn_per": 100, **changes})
    assert list(refused.value.errors) == [field]
