"""What an order earns by rules of all kinds: the pure function alone, without a database."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Order
from loyalty.evaluation import Evaluation, Facts, Occasion, Used, evaluate, evaluate_occasion
from loyalty.explaining import explain
from loyalty.rules import Rules, WrongRules

SEOUL = ZoneInfo("Asia/Seoul")
FRIDAY_NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
DOUBLE, HALF, OUT = (dict[str, Any](effect="multiply", factor=factor) for factor in (200, 50, 0))
BEANS: dict[str, Any] = {"lines": {"products": ["beans"]}}
GOLD: dict[str, Any] = {"tiers": {"tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 1, "factor": 150}]}}


def rule(kind: str = "order", key: str = "rule", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "name": {"en": key.title()}, **more}


def rules(*earning: dict[str, Any], **more: Any) -> Rules:
    """1 % of won, and these rules."""
    return Rules.from_json({"currency": "KRW", "earn_points": 1, "earn_per": 100, "earning": list(earning), **more})


def line(product: str, total: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "external_id": product, "name": product, "quantity": quantity, "unit_price": total // quantity, "total": total,
        "discount": 0, "product_id": product, "sku": product.upper(), "gift_card": False, **more,
    }  # fmt: skip


def order(*lines: dict[str, Any], **more: Any) -> Order:
    """A paid order of 6,000 won of beans and 4,000 of cups, on a Friday at noon."""
    lines = lines or (line("beans", 6_000, 2, tags=["sale"]), line("cups", 4_000, collections=["home"]))
    total = sum(line["total"] for line in lines)
    plain = {"state": "paid", "currency": "KRW", "customer_id": 1, "subtotal": total, "total": total, "source": "st_1"}
    return Order(**{**plain, "placed_at": FRIDAY_NOON, "lines": list(lines), **more})


def back(*parts: tuple[str, int, int], **more: Any) -> dict[str, Any]:
    """Refunds of an order: line, quantity and money of each."""
    refunds = {
        str(number): {
            "cancelled": False, "currency": "KRW", "subtotal": money, "shipping": 0, "tax": 0,
            "lines": [{"line_id": line_id, "quantity": quantity, "amount": money}],
        }
        for number, (line_id, quantity, money) in enumerate(parts)
    }  # fmt: skip
    return {"refunds": refunds, "refunded": sum(money for _, _, money in parts), **more}


def points(bought: Order, by: Rules, facts: Facts | None = None) -> int:
    return evaluate(bought, by, facts or Facts(), SEOUL).points


def told(found: Evaluation) -> str:
    with translation.override("en"):
        return explain(found.arithmetic)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (rule(**DOUBLE), 200),
        (rule(**HALF), 50),
        (rule(effect="rate", points=3, per=100), 300),
        (rule(points=500), 600),
        (rule("lines", **DOUBLE, **BEANS), 160),
        (rule("lines", **OUT, **BEANS), 40),
        (rule("lines", effect="rate", points=1, per=50, **BEANS), 160),
        (rule("lines", points=30, **BEANS), 130),
        (rule("lines", points=30, each=True, **BEANS), 160),
        (rule("lines", **DOUBLE, lines={"products": ["BEANS"]}), 160),
        (rule("lines", **DOUBLE, lines={"collections": ["home"]}), 140),
        (rule("lines", **DOUBLE, lines={"collections": ["HOME"]}), 140),
        (rule("lines", **DOUBLE, lines={"not_tags": ["Sale"]}), 140),
        (rule("lines", **DOUBLE, lines={"tags": ["sale"]}), 160),
        (rule("lines", **DOUBLE, lines={"not_tags": ["sale"]}), 140),
        (rule("lines", **DOUBLE, lines={"not_products": ["cups"]}), 160),
        (rule("lines", **DOUBLE, lines={"not_collections": ["home"]}), 160),
        (rule("lines", **DOUBLE, lines={"least_price_minor": 3_500}), 140),
        (rule("lines", **DOUBLE, lines={"most_price_minor": 3_000}), 160),
        (rule("lines", **DOUBLE), 200),
        (rule(points=500, minimum_minor=10_001), 100),
        (rule(points=500, active=False), 100),
    ],
    ids=str,
)
def test_a_rule_adds_to_the_usual_points(by: dict[str, Any], expected: int) -> None:
    assert points(order(), rules(by)) == expected


@pytest.mark.parametrize(("stacking", "expected"), [("best", 300), ("add", 400), ("multiply", 600)])
def test_two_factors_go_together_as_the_programme_says(stacking: str, expected: int) -> None:
    both = rule(key="a", **DOUBLE), rule(key="b", effect="multiply", factor=300)
    assert points(order(), rules(*both, stacking=stacking)) == expected


def test_fixed_points_are_promises_of_their_own() -> None:
    assert points(order(), rules(rule(key="a", points=10), rule(key="b", points=20), rule(key="c", **DOUBLE))) == 230


def test_between_equals_the_higher_priority_counts() -> None:
    both = rule(key="a", **DOUBLE), rule(key="b", **DOUBLE, priority=1)
    assert evaluate(order(), rules(*both), Facts(), SEOUL).by_rule == {"b": 100}


def test_the_best_is_chosen_for_each_line_alone() -> None:
    everywhere, beans = rule(key="a", **DOUBLE), rule("lines", "b", effect="multiply", factor=300, **BEANS)
    assert points(order(), rules(everywhere, beans)) == 6_000 * 3 // 100 + 4_000 * 2 // 100


def test_what_is_left_out_earns_nothing_by_any_rule() -> None:
    assert points(order(), rules(rule(key="a", **DOUBLE), rule("lines", "b", **OUT, **BEANS))) == 80


def test_what_is_left_out_counts_towards_no_minimum() -> None:
    by = rules(rule("lines", **OUT, **BEANS), minimum_minor=5_000)
    assert evaluate(order(), by, Facts(), SEOUL).outcome == "below_minimum"


def test_shipping_belongs_to_no_line() -> None:
    by = rules(rule("lines", **OUT), count_shipping=True)
    assert points(order(shipping=3_000, total=13_000), by) == 30


def test_a_discount_on_the_whole_is_spread_over_the_lines() -> None:
    assert points(order(subtotal=5_000, total=5_000), rules(rule("lines", **DOUBLE, **BEANS))) == 50 + 30


def test_an_order_without_lines_earns_by_the_rules_for_all_of_it() -> None:
    by = rules(rule(key="a", **DOUBLE), rule("lines", "b", effect="multiply", factor=900))
    assert points(order(lines=[]), by) == 200


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        ({"weekdays": [5, 6]}, SATURDAY, True),
        ({"weekdays": [5, 6]}, FRIDAY_NOON, False),
        ({"weekdays": [5]}, datetime(2026, 11, 20, 15, 30, tzinfo=UTC), True),  # Saturday in Seoul already
        ({"from_time": "11:00", "to_time": "13:00"}, FRIDAY_NOON, True),
        ({"from_time": "12:30", "to_time": "13:00"}, FRIDAY_NOON, False),
        ({"from_time": "10:00", "to_time": "12:00"}, FRIDAY_NOON, False),
        ({"from_time": "22:00", "to_time": "02:00"}, datetime(2026, 11, 20, 16, 0, tzinfo=UTC), True),
        ({"from_time": "22:00", "to_time": "02:00", "weekdays": [4]}, datetime(2026, 11, 20, 16, 0, tzinfo=UTC), True),
        ({"from_time": "22:00", "to_time": "02:00", "weekdays": [5]}, datetime(2026, 11, 20, 16, 0, tzinfo=UTC), False),
        ({"from_time": "22:00"}, datetime(2026, 11, 20, 14, 0, tzinfo=UTC), True),
        ({"starts_at": "2026-11-20", "ends_at": "2026-11-21"}, FRIDAY_NOON, True),
        ({"ends_at": "2026-11-20"}, datetime(2026, 11, 19, 15, 0, tzinfo=UTC), False),  # midnight in Seoul
        ({"starts_at": "2026-11-20T03:00:01Z"}, FRIDAY_NOON, False),
        ({"holidays": True}, FRIDAY_NOON, False),
        ({"holidays": True}, datetime(2026, 10, 3, 3, tzinfo=UTC), True),
        ({"holidays": True, "weekdays": [4]}, FRIDAY_NOON, True),
    ],
    ids=str,
)
def test_a_window_holds_by_the_shops_clock(window: dict[str, Any], at: datetime, holds: bool) -> None:
    facts = Facts(holidays=frozenset([date(2026, 10, 3)]))
    assert points(order(placed_at=at), rules(rule(window=window, **DOUBLE)), facts) == (200 if holds else 100)


@pytest.mark.parametrize(
    ("audience", "facts", "holds"),
    [
        ({"tiers": ["gold"]}, Facts(tags=frozenset(["vip"])), False),
        ({"tags": ["vip", "staff"]}, Facts(tags=frozenset(["vip"])), True),
        ({"tags": ["vip"]}, Facts(), False),
        ({"stores": ["st_1"]}, Facts(), True),
        ({"stores": ["till"]}, Facts(), False),
    ],
    ids=str,
)
def test_a_rule_may_be_for_some_only(audience: dict[str, Any], facts: Facts, holds: bool) -> None:
    assert points(order(), rules(rule(audience=audience, points=7), **GOLD), facts) == (107 if holds else 100)


def test_a_tier_lifts_the_points_for_money_and_no_fixed_points() -> None:
    by = rules(rule(key="a", **DOUBLE), rule(key="b", points=10), **GOLD)
    assert points(order(), by, Facts(tier="gold")) == 310


@pytest.mark.parametrize(
    ("nth", "more", "holds"),
    [
        (1, {}, True),
        (2, {}, False),
        (0, {}, False),
        (10, {"nth": 10}, True),
        (20, {"nth": 10}, False),
        (20, {"nth": 10, "repeat": True}, True),
        (15, {"nth": 10, "repeat": True}, False),
    ],
    ids=str,
)
def test_the_nth_order_has_its_points(nth: int, more: dict[str, Any], holds: bool) -> None:
    assert points(order(), rules(rule("nth_order", points=500, **more)), Facts(nth=nth)) == (600 if holds else 100)


def test_who_had_the_points_of_the_first_order_has_them_no_second_time() -> None:
    facts = Facts(nth=1, used={"rule": Used(times=1)})
    assert points(order(), rules(rule("nth_order", points=500)), facts) == 100


@pytest.mark.parametrize(
    ("limit", "used", "extra"),
    [
        ({"times_each": 2}, Used(times=2), 0),
        ({"times_each": 2}, Used(times=1), 300),
        ({"times_a_day": 1}, Used(times=9, times_today=1), 0),
        ({"points_a_day": 500}, Used(points_today=400), 100),
        ({"points_a_month": 500}, Used(points_month=500), 0),
        ({"points_in_all": 1_000}, Used(points_in_all=999), 1),
        ({"points_in_all": 1_000}, Used(), 300),
    ],
    ids=str,
)
@pytest.mark.parametrize("gives", [{"points": 300}, {"effect": "multiply", "factor": 400}], ids=["points", "factor"])
def test_a_rule_keeps_to_its_limits(gives: dict[str, Any], limit: dict[str, int], used: Used, extra: int) -> None:
    assert points(order(), rules(rule(limit=limit, **gives)), Facts(used={"rule": used})) == 100 + extra


def test_what_rewards_took_off_counts_where_the_programme_says_so() -> None:
    facts = Facts(reward_paid=2_000)
    bought = order(subtotal=8_000, total=8_000)
    assert points(bought, rules(), facts) == 80
    assert points(bought, rules(count_points_paid=True), facts) == 100
    half = order(subtotal=8_000, total=8_000, **back(("cups", 1, 4_000)))
    assert points(half, rules(count_points_paid=True), facts) == 50


def test_it_rounds_once() -> None:
    by = rules(rule("lines", "a", effect="multiply", factor=150, **BEANS), rounding_unit=10)
    assert points(order(line("beans", 1_370), line("cups", 1_370)), by) == 30  # 20.55 + 13.7


def test_each_rules_part_adds_up_to_the_whole() -> None:
    by = rules(rule(key="a", effect="multiply", factor=133), rule(key="b", points=5), rounding="half_up", **GOLD)
    found = evaluate(order(line("x", 12_345)), by, Facts(tier="gold"), SEOUL)
    arithmetic = found.arithmetic
    assert arithmetic["basic"] + sum(found.by_rule.values()) + arithmetic["tier"]["points"] == found.points


BUSY = rules(
    rule(key="a", **DOUBLE), rule("lines", "b", points=30, each=True, **BEANS), rule("nth_order", "c", points=500),
    rule("lines", "d", effect="multiply", factor=333, lines={"tags": ["sale"]}), stacking="add", **GOLD,
)  # fmt: skip


def test_three_partial_refunds_of_the_whole_leave_nothing() -> None:
    facts = Facts(nth=1, tier="gold")
    parts = [("beans", 1, 3_000), ("cups", 1, 4_000), ("beans", 1, 3_000)]
    left = [points(order(**back(*parts[:count])), BUSY, facts) for count in range(4)]
    assert left == sorted(left, reverse=True)
    assert left[0] > 560
    assert left[3] == 0


def test_a_refunded_piece_takes_its_fixed_points_with_it() -> None:
    by = rules(rule("lines", points=30, each=True, **BEANS))
    assert points(order(**back(("beans", 1, 3_000))), by) == 70 + 30


def test_fixed_points_fall_when_the_order_falls_below_their_minimum() -> None:
    by = rules(rule("nth_order", points=500, minimum_minor=10_000))
    assert points(order(**back(("beans", 1, 3_000))), by, Facts(nth=1)) == 70


@given(
    money=st.lists(st.integers(1, 10**7), min_size=1, max_size=5),
    stacking=st.sampled_from(["best", "add", "multiply"]),
    factors=st.lists(st.integers(1, 500), max_size=4),
    rounding=st.sampled_from(["floor", "half_up", "ceil"]),
    cut=st.integers(0, 10**7),
)
def test_refunds_never_add_points(money: list[int], stacking: str, factors: list[int], rounding: str, cut: int) -> None:
    by = rules(
        *(rule("lines" if n % 2 else "order", f"r{n}", effect="multiply", factor=f) for n, f in enumerate(factors)),
        stacking=stacking, rounding=rounding, **GOLD,
    )  # fmt: skip
    lines = [line(f"p{n}", total) for n, total in enumerate(money)]
    before = points(order(*lines), by, Facts(tier="gold"))
    cut = min(cut, money[0])
    assert 0 <= points(order(*lines, **back(("p0", 1, cut))), by, Facts(tier="gold")) <= before
    everything = back(*((f"p{n}", 1, total) for n, total in enumerate(money)))
    assert points(order(*lines, **everything), by, Facts(tier="gold")) == 0


@given(st.integers(0, 10**9), st.integers(1, 50), st.integers(1, 1000), st.sampled_from(["floor", "half_up", "ceil"]))
def test_a_rule_that_changes_nothing_leaves_the_basic_points(paid: int, rate: int, per: int, rounding: str) -> None:
    plain = {"earn_points": rate, "earn_per": per, "rounding": rounding, "rounding_unit": 10}
    by = rules(rule(effect="multiply", factor=100), **plain)
    assert points(order(line("x", paid)), by) == rules(**plain).points_for(paid)


def test_it_is_told_rule_by_rule() -> None:
    by = rules(rule(key="weekend", **DOUBLE), rule("nth_order", "welcome", points=500), **GOLD)
    assert told(evaluate(order(), by, Facts(nth=1, tier="gold"), SEOUL)) == (
        "₩10,000 spent × 1% = 100 points; Weekend (₩10,000 × 2) +100 points; Welcome +500 points; "
        "Gold (× 1.5) +100 points; together 800 points"
    )


def test_what_is_left_out_is_told() -> None:
    found = evaluate(order(), rules(rule("lines", **OUT, **BEANS)), Facts(), SEOUL)
    assert told(found) == ("(₩10,000 goods − ₩6,000 of goods that earn no points = ₩4,000) × 1% = 40 points")


def test_facts_read_back_as_they_were_kept() -> None:
    facts = Facts(3, "gold", frozenset(["vip"]), {"a": Used(1, 1, 5, 5, 9)}, frozenset([date(2026, 1, 1)]), 700)
    assert Facts.from_json(facts.to_json()) == facts


def test_an_occasion_gives_what_its_rules_say() -> None:
    by = rules(
        rule("review", "a", points=50), rule("review", "b", points=20, limit={"points_a_day": 5}),
        rule("custom", "c", points=7, event="picnic"), rule("custom", "d", points=9, event="other"),
    )  # fmt: skip
    found = evaluate_occasion(Occasion("review", FRIDAY_NOON), by, Facts(), SEOUL)
    assert [(earned.rule_key, earned.points) for earned in found] == [("a", 50), ("b", 5)]
    picnic = evaluate_occasion(Occasion("custom", FRIDAY_NOON, event="picnic"), by, Facts(), SEOUL)
    assert [earned.rule_key for earned in picnic] == ["c"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "No Slug"}, "key"), ({"kind": "magic"}, "kind"), ({"name": {}}, "name"), ({"effect": 7}, "effect"),
        ({"points": 0}, "points"), ({"points": True}, "points"), ({"effect": "rate", "per": 0}, "per"),
        ({"effect": "multiply", "factor": -1}, "factor"), ({"kind": "custom"}, "event"), ({"nth": 0}, "nth"),
        ({"kind": "review", "effect": "multiply"}, "effect"), ({"url": "javascript:1"}, "url"),
        ({"window": {"weekdays": [7]}}, "window.weekdays"), ({"window": {"from_time": "25:00"}}, "window.from_time"),
        ({"window": {"starts_at": "soon"}}, "window.starts_at"), ({"window": 1}, "window"),
        ({"window": {"starts_at": "2026-02-01", "ends_at": "2026-01-01"}}, "window.ends_at"),
        ({"window": {"from_time": "10:00", "to_time": "10:00"}}, "window.to_time"),
        ({"audience": {"tiers": ["gold"]}}, "audience.tiers"), ({"audience": {"tags": "vip"}}, "audience.tags"),
        ({"lines": {"products": [1]}}, "lines.products"), ({"limit": {"times_each": 0}}, "limit.times_each"),
        ({"lines": {"least_price_minor": 5, "most_price_minor": 4}}, "lines.most_price_minor"), ({"x": 1}, "key"),
    ],
    ids=str,
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongRules) as wrong:
        rules({**rule(points=5), **change})
    assert list(wrong.value.errors) == [f"earning.0.{field}"]


def test_two_rules_share_no_key() -> None:
    with pytest.raises(WrongRules) as wrong:
        rules(rule(points=1), rule(points=2))
    assert list(wrong.value.errors) == ["earning.1.key"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SECTIONS = [
    "earning", "notices", "hold_from", "hold_at_most", "stacking", "expiry_ends", "expiry_by", "expiry_months",
    "rewards",
]  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(SECTIONS), JUNK, max_size=3),
    st.dictionaries(st.sampled_from([*rule(), "window", "lines", "limit", "audience", "points", "per"]), JUNK),
)
def test_rules_are_read_or_refused_and_nothing_else(of_all: dict[str, Any], of_one: dict[str, Any]) -> None:
    plain = rules().to_json()
    for changed in ({**plain, **of_all}, {**plain, "earning": [{**rule(points=5), **of_one}]}):
        with suppress(WrongRules):
            evaluate(order(), Rules.from_json(changed), Facts(), SEOUL)
