"""What a member can have now, what is near, and what is not for them, each with the reason in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from loyalty.models import Balance
from loyalty.offers import Offer, offers
from tenants.models import Merchant
from tests.loyalty.rewards import publish, regular, reward, take
from tests.shops import NOW

DAY = timedelta(days=1)


@pytest.fixture
def shop(in_cafe: Merchant) -> Merchant:
    publish(
        reward("cake", points=300),
        reward("coffee"),
        reward("feast", points=5000),
        reward("slide", kind="variable", points=100, value_minor=1000, least_points=200, most_points=500),
        reward("gold", tiers=["gold"]),
        reward("gone", stock=0),
        reward("once", per_member=1),
        reward("soon", starts_at=(NOW + DAY).isoformat()),
        reward("over", ends_at=NOW.isoformat()),
        reward("given", points=0),
        reward("off", active=False),
        reward("online", where=["store"]),
        tiers={"tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 1}]},
    )
    return in_cafe


def by_key(who: int, where: str | None = None) -> dict[str, Offer]:
    with translation.override("en"):
        return {offer.reward.key: offer for offer in offers(who, at=NOW, where=where)}  # type: ignore[arg-type]


def test_what_can_be_had_comes_first_then_the_nearest(shop: Merchant) -> None:
    found = by_key(regular(250))
    assert [(key, offer.state) for key, offer in found.items()] == [
        ("coffee", "now"), ("slide", "now"), ("once", "now"), ("online", "now"), ("cake", "near"), ("feast", "near"),
        ("gold", "locked"), ("soon", "locked"), ("gone", "sold_out"),
    ]  # fmt: skip


def test_it_says_how_far_the_way_is(shop: Merchant) -> None:
    cake = by_key(regular(250))["cake"]
    assert (cake.missing, round(cake.share, 2), cake.why) == (50, 0.83, "50 P to go")


def test_what_is_not_for_them_says_why(shop: Merchant) -> None:
    who = regular()
    take(who, "once")
    found = by_key(who)
    assert found["gold"].why == "Only for: Gold"
    assert found["gone"].why == "All of them are gone."
    assert (found["once"].state, found["once"].why) == ("limit", "Each member can have it once, and you had it.")
    assert found["soon"].why.startswith("This reward is offered from")


def test_nobody_is_shown_what_nobody_can_have(shop: Merchant) -> None:
    assert not {"given", "off", "over"} & by_key(regular()).keys()
    assert "online" not in by_key(regular(), where="till")


def test_of_a_variable_reward_it_tells_the_most(shop: Merchant) -> None:
    most = [by_key(regular(points))["slide"].most_points for points in (150, 250, 499, 900)]
    assert most == [0, 200, 400, 500]


def test_a_member_of_the_tier_has_it_now(shop: Merchant) -> None:
    who = regular()
    Balance.objects.filter(pk=who).update(tier="gold", tier_since=NOW)
    assert by_key(who)["gold"].state == "now"


def test_who_has_nothing_and_a_shop_without_rules_are_no_trouble(in_cafe: Merchant) -> None:
    assert offers(regular(0), at=NOW) == []
