"""The sum behind points, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from customers.models import Order
from loyalty.earning import target
from loyalty.explaining import OUTCOMES, explain, outcome, percent
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from tests.shops import NOW

POUNDS = Rules(currency="GBP", earn_points=1, earn_per=100)


def sentence(rules: Rules = POUNDS, before: int = 0, **fields: Any) -> str:
    """What is told of a paid order."""
    paid = {"state": "paid", "currency": rules.currency, "customer_id": 1, "version": "1", "placed_at": NOW}
    order = Order(**{**paid, "total": fields.get("subtotal", 0), **fields})
    arithmetic = target(order, ProgrammeVersion(rules=rules.to_json())).arithmetic
    with translation.override("en"):
        return explain({**arithmetic, "before": before})


def test_it_tells_money_rate_and_points() -> None:
    assert sentence(subtotal=4_800) == "£48.00 spent × 1 point per £1.00 = 48 points"


def test_a_rate_in_won_is_a_percentage() -> None:
    rules = replace(POUNDS, currency="KRW", earn_points=3, earn_per=200)
    assert sentence(rules, subtotal=12_000) == "₩12,000 spent × 1.5% = 180 points"


def test_it_tells_the_parts_of_the_money() -> None:
    refunds = {"r1": {"cancelled": False, "currency": "GBP", "subtotal": 1_200, "shipping": 0, "tax": 0, "lines": []}}
    told = sentence(
        replace(POUNDS, count_shipping=True), subtotal=6_000, shipping=500, total=6_500, refunded=1_200, refunds=refunds
    )
    assert told == ("(£60.00 goods + £5.00 shipping − £12.00 refunded = £53.00) × 1 point per £1.00 = 53 points")


def test_it_tells_what_had_been_given_before() -> None:
    assert sentence(subtotal=4_800, before=40).endswith("= 48 points; 40 points had been given before")


def test_it_tells_how_it_rounded() -> None:
    assert sentence(replace(POUNDS, rounding_unit=10), subtotal=4_850).endswith(
        "= 40 points, rounded down to a multiple of 10"
    )


def test_a_sum_that_comes_out_even_says_nothing_of_rounding() -> None:
    assert sentence(replace(POUNDS, rounding_unit=10), subtotal=5_000).endswith("= 50 points")


def test_a_single_point_is_singular() -> None:
    assert sentence(subtotal=100).endswith("= 1 point")


def test_without_arithmetic_there_is_nothing_to_tell() -> None:
    assert explain({}) == ""


@pytest.mark.parametrize(
    ("points", "per", "shown"), [(1, 100, "1"), (3, 200, "1.5"), (1, 3, "33.333"), (10, 100, "10")]
)
def test_a_percentage_has_no_needless_zeros(points: int, per: int, shown: str) -> None:
    assert percent(points, per) == shown


def test_every_outcome_is_told_in_words() -> None:
    with translation.override("en"):
        assert all(outcome(code).endswith(".") for code in OUTCOMES)
        assert outcome("given by hand") == "given by hand"
