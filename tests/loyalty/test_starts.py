"""Recommended starts are valid as they are, wherever the shop is."""

from __future__ import annotations

import pytest
from django.utils import translation

from loyalty.earning_rules import EarningRule
from loyalty.evaluation import Facts, evaluate
from loyalty.readiness import can_publish, readiness
from loyalty.reward_rules import Reward
from loyalty.rules import Rules
from loyalty.stamp_rules import StampCard
from loyalty.starts import STARTS, start, usual_order
from loyalty.tier_rules import Tier
from tenants.models import Merchant
from tests.shops import NOW

PLACES = [("KR", "KRW"), ("GB", "GBP"), ("US", "USD"), ("JP", "JPY"), ("KW", "KWD"), ("DE", "EUR"), ("VN", "VND")]


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(("country", "currency"), PLACES)
def test_it_is_valid_everywhere(name: str, country: str, currency: str) -> None:
    rules = start(name, country, currency)
    assert Rules.from_json(rules.to_json()) == rules


@pytest.mark.django_db
@pytest.mark.parametrize("name", STARTS)
def test_it_can_be_published_at_once(in_cafe: Merchant, name: str) -> None:
    assert can_publish(readiness(start(name, "KR", "KRW").to_json(), country="KR", at=NOW))


@pytest.mark.parametrize("name", STARTS)
def test_everything_has_a_name_in_both_languages(name: str) -> None:
    rules = start(name, "KR", "KRW")
    everything: list[EarningRule | StampCard | Tier | Reward]
    everything = [*rules.earning, *rules.stamps, *rules.tiers.tiers, *rules.rewards]
    for named in everything:
        assert set(named.name) == {"ko", "en"}
        for language in ("ko", "en"):
            with translation.override(language):
                assert named.label == named.name[language]


@pytest.mark.parametrize(("country", "currency"), PLACES)
def test_points_give_three_per_cent_back(country: str, currency: str) -> None:
    rules, money = start("points", country, currency), usual_order(currency)
    assert rules.worth(rules.points_for(money)) * 100 == 3 * money


def test_a_full_card_gives_a_drink() -> None:
    rules = start("cafe_stamps", "KR", "KRW")
    reward = next(reward for reward in rules.rewards if reward.key == rules.stamps[0].reward)
    assert (rules.stamps[0].stamps, reward.points, reward.where) == (10, 0, ("till",))


def test_gold_earns_twice() -> None:
    from customers.models import Order

    rules = start("tiers", "KR", "KRW")
    order = Order(
        state="paid", currency="KRW", customer_id=1, subtotal=10_000, total=10_000, placed_at=NOW, paid_at=NOW
    )
    assert [evaluate(order, rules, Facts(tier=tier)).points for tier in ("", "gold")] == [100, 200]
