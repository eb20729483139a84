"""Tiers and stamp cards through the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from loyalty import programme
from loyalty.reward_rules import Reward
from loyalty.stamp_rules import StampCard
from loyalty.tier_rules import Tier, TierPlan
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.api.programs import NOW, Program, order, problem

SILVER = Tier("silver", {"en": "Silver"}, 10_000, factor=150, early_access=True)
GOLD = Tier("gold", {"en": "Gold"}, 50_000)
CARD = StampCard("coffee", {"en": "Coffee"}, 2, "cup", a_day=3)


@pytest.fixture
def member(cafe: Merchant, program: Program) -> int:
    """A member with an order of 12,000 won, at a shop with tiers and a card."""
    rules = replace(
        programme.default_rules("KR", "KRW"), tiers=TierPlan(tiers=(SILVER, GOLD)), stamps=(CARD,),
        rewards=(Reward({"en": "A cup"}, 0, 4_000, key="cup", kind="manual"),),
    )  # fmt: skip
    with tenant_context(cafe):
        programme.publish(rules, actor=SYSTEM, at=NOW - timedelta(days=30))
    return int(program.put("orders/1001", order()).json()["customer_id"])


def test_it_tells_the_tier_and_what_is_missing_for_the_next(program: Program, member: int) -> None:
    told = program.get(f"customers/{member}/tier").json()
    assert told["tier"] == {"key": "silver", "name": {"en": "Silver"}, "factor": 1.5, "early_access": True}
    assert (told["metric"], told["value"], told["missing"], told["keep"]) == ("spend", "12000", "38000", "0")
    assert told["next"]["key"] == "gold"
    assert told["until"] > told["since"]


@pytest.mark.usefixtures("programme")
def test_without_tiers_there_is_none(program: Program) -> None:
    told = program.get(f"customers/{program.customer()}/tier").json()
    assert (told["tier"], told["metric"], told["next"]) == (None, None, None)


def test_it_gives_stamps_and_a_full_card_becomes_its_reward(program: Program, member: int) -> None:
    address = f"customers/{member}/stamps"
    assert program.post(address, {"card": "coffee"}).json() == {"stamps": 1, "owed": 0, "rewards": []}
    given = program.post(address, {"card": "coffee", "count": 2}).json()
    assert (given["stamps"], [reward["reward"] for reward in given["rewards"]]) == (1, ["cup"])
    (card,) = program.get(address).json()["data"]
    assert (card["card"], card["stamps"], card["needed"], card["full_times"]) == ("coffee", 1, 2, 1)


def test_the_same_key_stamps_once(program: Program, member: int) -> None:
    for _ in range(2):
        program.post(f"customers/{member}/stamps", {"card": "coffee"}, key="visit-1")
    assert program.get(f"customers/{member}/stamps").json()["data"][0]["stamps"] == 1


def test_a_days_limit_and_an_unknown_card_are_refused(program: Program, member: int) -> None:
    for body in ({"card": "coffee", "count": 4}, {"card": "tea"}):
        assert problem(program.post(f"customers/{member}/stamps", body)) == (409, "cannot_stamp")
