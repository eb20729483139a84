"""Who would change tier by another plan, what it costs, and placing everybody after it was published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer, Event
from loyalty import movers, placements, tier_reviews
from loyalty.models import Balance, ProgrammeVersion, Redemption
from loyalty.movers import Movers, Placing
from loyalty.reward_rules import Reward
from loyalty.tier_rules import TierPlan
from tenants import alarms
from tenants.models import Merchant
from tests.loyalty.members import has
from tests.loyalty.orders import NOON, after, publish
from tests.loyalty.test_tiers import DAY, GOLD, SILVER, bought, plan

pytestmark = pytest.mark.usefixtures("in_cafe", "books_hold")

CAKE = Reward({"en": "A cake"}, 0, 6_000, key="cake", kind="manual")


@pytest.fixture
def people(in_cafe: Merchant) -> list[int]:
    """Four members who spent 40,000, 100,000, 200,000 and 300,000 won; silver from 100,000, gold from 300,000."""
    publish(tiers=plan(), hold_days=0)
    for number, amount in enumerate((40_000, 100_000, 200_000, 300_000)):
        bought(f"o{number}", amount, NOON, f"{number}")
    alarms.drain(in_cafe, NOON)
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def now_on(people: list[int]) -> list[str]:
    return [Balance.objects.get(pk=who).tier for who in people]


def change(new: TierPlan, **changes: Any) -> ProgrammeVersion:
    return publish(tiers=new, hold_days=0, at=after(10), **changes)


def test_the_present_plan_moves_nobody(people: list[int]) -> None:
    found = movers.movers(plan(), at=after(1))
    assert found == Movers({}, {}, {"": 1, "silver": 2, "gold": 1}, 0, 0)


def test_it_tells_who_comes_up_and_what_they_are_given(people: list[int]) -> None:
    new = plan(replace(SILVER, threshold=40_000), replace(GOLD, threshold=200_000, entry_reward="cake"))
    version = ProgrammeVersion.objects.get()
    found = movers.movers(new, at=after(1), rules=replace(version.terms, rewards=(CAKE,)))
    assert (found.up, found.down, found.unchanged) == ({"silver": 1, "gold": 1}, {}, {"silver": 1, "gold": 1})
    assert (found.cost_points, found.rewards, found.cost_minor) == (500 + 2_000, {"cake": 1}, 2_500 + 6_000)
    assert {(e.customer_id, e.from_tier, e.to_tier, e.value) for e in found.up_examples} == {
        (people[0], "", "silver", 40_000), (people[2], "silver", "gold", 200_000),
    }  # fmt: skip


def test_it_tells_who_comes_down(people: list[int]) -> None:
    found = movers.movers(plan(replace(SILVER, threshold=150_000), replace(GOLD, threshold=400_000)), at=after(1))
    assert (found.up, found.down, found.cost_points) == ({}, {"": 1, "silver": 1}, 0)
    assert [e.customer_id for e in found.down_examples] == [people[1], people[3]]


def test_members_of_a_tier_that_goes_come_down_to_the_one_below(people: list[int]) -> None:
    found = movers.movers(plan(SILVER), at=after(1))
    assert (found.up, found.down, found.cost_points) == ({}, {"silver": 1}, 0)


def test_no_tiers_at_all_let_everybody_go(people: list[int]) -> None:
    assert movers.movers(TierPlan(), at=after(1)).down == {"": 3}


def test_of_few_members_a_page_tells_the_same(people: list[int]) -> None:
    new = plan(replace(SILVER, threshold=40_000))
    assert movers.movers_at_a_glance(new, at=after(1)) == movers.movers(new, at=after(1))


def test_of_many_members_a_page_looks_at_a_sample_and_tells_of_all(
    people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movers, "MANY", 3)
    monkeypatch.setattr(movers, "SAMPLE", 2)
    found = movers.movers_at_a_glance(plan(replace(SILVER, threshold=1), replace(GOLD, threshold=1)), at=after(1))
    counts = [*found.up.values(), *found.down.values(), *found.unchanged.values()]
    assert (found.asked, sum(counts), {count % 2 for count in counts}) == (2, 4, {0})
    assert len(found.up_examples) <= 2


def test_the_sample_is_found_by_the_index(people: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        scope: dict[str, Any] = {
            "scope": placements.SOME,
            "customers": people[:2],
            "had_keys": [],
            "had_ranks": [],
            "examples": 5,
        }
        question, rules = movers.QUESTION, ProgrammeVersion.objects.get().terms
        text = placements.PLACED
        try:
            placements.PLACED = "EXPLAIN " + text.lstrip()
            with placements.placing_rows(question, plan(), rules, at=after(1), **scope) as rows:
                told = "\n".join(row[0] for row in rows)
        finally:
            placements.PLACED = text
    assert "Seq Scan on" not in told


def test_a_page_does_not_wait_for_a_count_without_end(people: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movers, "PATIENCE", 50)
    monkeypatch.setattr(movers, "QUESTION", "SELECT 'moved', '', '', 0, pg_sleep(30) IS NULL, false")
    with pytest.raises(movers.TooLong):
        movers.movers_at_a_glance(plan(), at=after(1))
    assert Customer.objects.count() == 4


def test_publishing_places_everybody_with_what_was_told(people: list[int], in_cafe: Merchant) -> None:
    new = plan(replace(SILVER, threshold=40_000), replace(GOLD, threshold=200_000, entry_reward="cake"))
    change(new, rewards=(CAKE,))
    alarms.drain(in_cafe, after(10))
    assert now_on(people) == ["silver", "silver", "gold", "gold"]
    assert [has(who)["available"] for who in people] == [400 + 500, 1_000 + 500, 2_000 + 2_500, 3_000 + 2_500]
    assert [r.customer_id for r in Redemption.objects.all()] == [people[2]]
    assert Event.objects.filter(kind="tier.changed", data__why="plan").count() == 2


def test_a_renamed_tier_keeps_its_members_and_tells_nobody(people: list[int], in_cafe: Merchant) -> None:
    before = Event.objects.filter(kind="tier.changed").count()
    version = change(plan(replace(SILVER, name={"en": "Regular"}, entry_points=900), GOLD))
    alarms.drain(in_cafe, after(10))
    assert now_on(people) == ["", "silver", "silver", "gold"]
    assert (Event.objects.filter(kind="tier.changed").count(), version.tiers_cursor) == (before, None)


def test_a_removed_tier_lets_its_members_go_where_they_belong(people: list[int], in_cafe: Merchant) -> None:
    change(plan(SILVER))
    alarms.drain(in_cafe, after(10))
    assert now_on(people) == ["", "silver", "silver", "silver"]
    assert has(people[3]) == {"available": 3_000 + 2_500}


def test_a_plan_for_later_waits_for_its_day(people: list[int], in_cafe: Merchant) -> None:
    from loyalty import programme
    from staff.actors import SYSTEM

    rules = replace(ProgrammeVersion.objects.get().terms, tiers=plan(replace(SILVER, threshold=40_000)))
    programme.publish(rules, actor=SYSTEM, at=after(10), in_force_from=NOON + DAY)
    alarms.drain(in_cafe, NOON + DAY - DAY / 24)
    assert now_on(people)[0] == ""
    alarms.drain(in_cafe, NOON + DAY)
    assert now_on(people)[0] == "silver"


def test_progress_is_told_while_it_runs(people: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier_reviews, "PAGE", 2)
    version = change(plan(replace(SILVER, threshold=1)))
    assert movers.placing(at=after(10)) == Placing(version.number, 0, 4)
    tier_reviews.run(after(10))
    assert movers.placing(at=after(10)) == Placing(version.number, 2, 4)
    tier_reviews.run(after(10))
    tier_reviews.run(after(10))
    assert movers.placing(at=after(10)) is None
    assert now_on(people) == ["silver"] * 4


def test_a_version_published_meanwhile_reaches_everybody_too(people: list[int], in_cafe: Merchant) -> None:
    change(plan(replace(SILVER, threshold=1)))
    publish(tiers=plan(replace(SILVER, threshold=1)), hold_days=0, at=after(11))
    alarms.drain(in_cafe, after(11))
    assert now_on(people) == ["silver"] * 4
    assert not ProgrammeVersion.objects.exclude(tiers_cursor=None).exists()
