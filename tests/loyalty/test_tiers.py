"""Which tier a member is on, whatever arrives and when; what a tier gives once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from customers.erasing import erase
from customers.merging import merge
from customers.models import Customer, Event
from customers.orders import apply_orders
from customers.unmerging import unmerge
from loyalty import ledger, occasions, tiers
from loyalty.earning_rules import EarningRule
from loyalty.evaluation import counted
from loyalty.explaining import explain
from loyalty.history import history
from loyalty.models import Balance
from loyalty.placements import values
from loyalty.tier_rules import Tier, TierPlan
from staff.actors import SYSTEM
from tenants import alarms
from tenants.models import Merchant
from tests.loyalty.members import earn, has, member
from tests.loyalty.orders import NOON, RULES, after, buyer, deliver, order, publish, refund, the_order

pytestmark = pytest.mark.usefixtures("in_cafe", "books_hold")

DAY = timedelta(days=1)
SILVER = Tier("silver", {"en": "Silver"}, 100_000, factor=150, entry_points=500)
GOLD = Tier("gold", {"en": "Gold"}, 300_000, factor=200, entry_points=2_000)


def plan(*steps: Tier, **fields: Any) -> TierPlan:
    return TierPlan(**{"window": "lifetime", "tiers": steps or (SILVER, GOLD), **fields})


def seoul(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC) - timedelta(hours=9)


def bought(external_id: str, amount: int, at: datetime, who: str = "7", **fields: Any) -> None:
    """A paid order, delivered as it was placed unless `arrives` says otherwise."""
    arrives = fields.pop("arrives", at)
    plain = order(
        external_id=external_id, placed_at=at, paid_at=at, updated_at=arrives, total=amount, subtotal=amount, lines=(),
        buyer=buyer(who, embedded=False),
    )  # fmt: skip
    order_ = replace(plain, **fields)
    with transaction.atomic():
        apply_orders([order_], at=arrives)


def the_member() -> int:
    return Customer.objects.present().exclude(joined_at=None).get().pk


def tier(who: int | None = None) -> str:
    return tiers.tier_of([who or the_member()])[who or the_member()]


def test_a_member_rises_at_once() -> None:
    publish(tiers=plan())
    bought("a", 99_999, NOON)
    assert tier() == ""
    bought("b", 1, after(1))
    assert tier() == "silver"


def test_a_member_below_the_first_is_told_how_far_it_is() -> None:
    publish(tiers=plan())
    bought("a", 40_000, NOON)
    standing = tiers.standing(the_member(), at=after(1))
    assert (standing.tier, standing.value, standing.next, standing.missing, standing.share) == (
        None, 40_000, SILVER, 60_000, 0.4,
    )  # fmt: skip


def test_tax_shipping_and_gift_cards_count_for_tiers_as_they_count_for_points() -> None:
    version = publish(tiers=plan(), count_shipping=True)
    card = {**order().lines[1].as_json(), "gift_card": True}
    deliver(order(total=17_345, subtotal=12_345, shipping=3_000, tax=2_000, gift_card=2_345))
    it = the_order()
    it.lines = [it.lines[0], card]
    it.save()
    for refund_ in (refund("r1", 2_500), refund("r2", 1_000, shipping=500, subtotal=500)):
        deliver(refund_)
    who = the_member()
    spent = values([who], version.terms.tiers, version.terms, at=after(60))
    assert spent == {who: sum(counted(the_order(), version.terms).values())}
    assert spent[who] == 12_345 + 3_000 - 2_345 - 2_500 - 1_000


def test_a_refund_takes_the_tier_at_once_but_not_what_was_given_for_it() -> None:
    publish(tiers=plan(), hold_days=0)
    deliver(order(total=120_000, subtotal=120_000, lines=()))
    assert tier() == "silver"
    deliver(refund("r1", 50_000), at=after(30))
    assert tier() == ""
    # 1,200 points for the order less 500 for what was given back; the entry gift of 500 stays.
    assert has(the_member()) == {"available": 1_200 - 500 + 500}


def test_a_refund_that_comes_before_its_order_leaves_the_same_tier() -> None:
    publish(tiers=plan())
    deliver(refund("r1", 50_000), order(total=120_000, subtotal=120_000, lines=()), at=after(31))
    assert tier() == ""


def test_each_tier_that_is_passed_gives_its_points_once_for_ever() -> None:
    publish(tiers=plan(), hold_days=0)
    deliver(order(total=400_000, subtotal=400_000, lines=()))
    assert (tier(), has(the_member())) == ("gold", {"available": 4_000 + 500 + 2_000})
    deliver(refund("r1", 400_000), at=after(30))
    assert tier() == ""
    bought("again", 300_000, after(60))
    assert (tier(), has(the_member())) == ("gold", {"available": 3_000 + 500 + 2_000})


def test_the_change_is_told_with_its_reason() -> None:
    publish(tiers=plan())
    deliver(order(total=400_000, subtotal=400_000, lines=()))
    told = Event.objects.get(kind="tier.changed")
    assert told.data == {"from": "", "to": "gold", "why": "orders", "reached": ["silver", "gold"]}
    assert told.customer_id == the_member()


def test_a_test_order_and_foreign_money_do_not_count() -> None:
    publish(tiers=plan())
    bought("a", 400_000, NOON, test=True)
    bought("b", 400_000, NOON, currency="USD")
    assert tier() == ""


def test_an_order_that_changes_hands_takes_its_tier_along() -> None:
    publish(tiers=plan())
    bought("a", 120_000, NOON, "7")
    first = the_member()
    bought("a", 120_000, NOON, "8", arrives=after(5))
    second = Customer.objects.present().exclude(pk=first).get().pk
    assert (tier(first), tier(second)) == ("", "silver")


def test_points_earned_count_without_gifts_and_adjustments() -> None:
    publish(tiers=plan(Tier("a", {"en": "A"}, 1_000, entry_points=700), Tier("b", {"en": "B"}, 1_500), metric="points"))
    bought("x", 120_000, NOON)
    who = the_member()
    ledger.adjust(who, 5_000, reason="sorry", actor=SYSTEM, key="adj", at=after(1))
    bought("y", 10_000, after(2))
    assert (tier(), tiers.standing(who, at=after(3)).value) == ("a", 1_300)


def test_points_of_occasions_count_until_they_are_undone() -> None:
    publish(tiers=plan(Tier("a", {"en": "A"}, 1_000), metric="points"))
    who = member()
    earn(who, 1_000, "review:1")
    with transaction.atomic():
        tiers.review([who], at=NOON)
    assert tier(who) == "a"
    journal = Balance.objects.get(pk=who).customer.journals.get()
    ledger.reverse(journal.pk, reason="wrong", actor=SYSTEM, key="rev", at=after(1))
    assert tier(who) == ""


def test_orders_count_one_each_unless_all_was_given_back() -> None:
    publish(tiers=plan(Tier("a", {"en": "A"}, 2), metric="orders"))
    deliver(order())
    bought("b", 100, after(1))
    assert tier() == "a"
    deliver(refund("r1", 12_345), at=after(30))
    assert tier() == ""


def test_visits_are_days_not_orders() -> None:
    publish(tiers=plan(Tier("a", {"en": "A"}, 2), metric="visits"))
    bought("a", 100, seoul(2026, 11, 20, 9))
    bought("b", 100, seoul(2026, 11, 20, 23))
    assert tier() == ""
    bought("c", 100, seoul(2026, 11, 21, 0))
    assert tier() == "a"


def test_check_ins_are_visits_and_occasions_earn_points_for_tiers() -> None:
    joining = EarningRule("join", "sign_up", {"en": "Join"}, points=50)
    review = EarningRule("review", "review", {"en": "Review"}, points=50)
    publish(tiers=plan(Tier("a", {"en": "A"}, 50), metric="points"), earning=(joining, review))
    who = member()
    occasions.happen(who, "review", key="r", at=NOON, actor=SYSTEM)
    assert tier(who) == "a"
    publish(tiers=plan(Tier("b", {"en": "B"}, 1), metric="visits"), at=after(1))
    other = member()
    occasions.check_in(other, occasions.visit_code(at=after(2)), at=after(2), actor=SYSTEM)
    assert tier(other) == "b"


def test_a_first_tier_that_asks_for_nothing_begins_with_joining() -> None:
    publish(tiers=plan(Tier("family", {"en": "Family"}, 0, entry_points=100)))
    deliver(order(external_id="1001", total=0, subtotal=0, buyer=buyer(), lines=()))
    assert (tier(), has(the_member())) == ("family", {"available": 100})


# Years and months


def period(cafe: Merchant, at: datetime) -> None:
    alarms.drain(cafe, at)


def test_a_calendar_year_lasts_until_the_next_one_ends_in_the_shops_zone(in_cafe: Merchant) -> None:
    publish(tiers=plan(window="calendar_year"), at=seoul(2024, 1, 1))
    bought("a", 100_000, seoul(2024, 12, 31, 23))
    assert Balance.objects.get(pk=the_member()).tier_until == seoul(2026, 1, 1, 0)
    period(in_cafe, seoul(2025, 12, 31, 23))
    assert tier() == "silver"
    period(in_cafe, seoul(2026, 1, 1, 0))
    assert tier() == ""


def test_a_minute_after_new_year_in_seoul_is_another_year() -> None:
    publish(tiers=plan(window="calendar_year"), at=seoul(2024, 1, 1))
    bought("a", 60_000, seoul(2024, 12, 31, 23))
    bought("b", 60_000, seoul(2025, 1, 1, 0))
    assert tier() == ""
    assert tiers.standing(the_member(), at=seoul(2025, 1, 2)).value == 60_000


def test_grace_days_keep_the_tier_that_much_longer(in_cafe: Merchant) -> None:
    publish(tiers=plan(window="calendar_year", grace_days=31), at=seoul(2024, 1, 1))
    bought("a", 100_000, seoul(2024, 6, 1))
    period(in_cafe, seoul(2026, 1, 31, 23))
    assert tier() == "silver"
    period(in_cafe, seoul(2026, 2, 1, 0))
    assert tier() == ""


def test_at_the_periods_end_a_member_comes_down_to_what_the_next_year_reached(in_cafe: Merchant) -> None:
    publish(tiers=plan(window="calendar_year"), at=seoul(2024, 1, 1))
    bought("a", 300_000, seoul(2024, 6, 1))
    bought("b", 100_000, seoul(2025, 6, 1))
    assert tier() == "gold"
    period(in_cafe, seoul(2026, 1, 1, 0))
    assert tier() == "silver"
    told = Event.objects.filter(kind="tier.changed").latest("id")
    assert told.data == {"from": "gold", "to": "silver", "why": "period", "reached": []}
    assert Balance.objects.get(pk=the_member()).tier_until == seoul(2027, 1, 1, 0)


def test_rolling_months_begin_anew_with_each_purchase_that_carries_the_tier(in_cafe: Merchant) -> None:
    publish(tiers=plan(window="rolling", months=6), at=seoul(2025, 1, 1))
    bought("a", 100_000, seoul(2025, 1, 10))
    bought("b", 1_000, seoul(2025, 3, 31))
    assert Balance.objects.get(pk=the_member()).tier_until == seoul(2025, 9, 30)
    bought("c", 1_000, seoul(2025, 8, 1))  # the last six months come to 2,000 only
    assert Balance.objects.get(pk=the_member()).tier_until == seoul(2025, 9, 30)
    period(in_cafe, seoul(2025, 9, 30, 11))
    assert tier() == "silver"
    period(in_cafe, seoul(2025, 9, 30))
    assert tier() == ""


def test_what_is_missing_to_keep_a_tier_is_told() -> None:
    publish(tiers=plan(window="calendar_year"), at=seoul(2025, 1, 1))
    bought("a", 100_000, seoul(2025, 6, 1))
    bought("b", 30_000, seoul(2026, 2, 1))
    standing = tiers.standing(the_member(), at=seoul(2026, 2, 2))
    assert (standing.tier, standing.keep, standing.missing) == (SILVER, 70_000, 270_000)


def test_a_day_of_summer_time_does_not_move_a_periods_end(bikes: Merchant) -> None:
    from django_tenants.utils import tenant_context

    with tenant_context(bikes):
        publish(RULES, currency="GBP", tiers=plan(window="rolling", months=1), at=seoul(2026, 1, 1))
        at = datetime(2026, 2, 28, 12, tzinfo=UTC)  # winter time; a month later London has summer time
        bought("a", 100_000, at, currency="GBP")
        assert Balance.objects.get(pk=the_member()).tier_until == datetime(2026, 3, 28, 12, tzinfo=UTC)
        bought("b", 100_000, at + 10 * DAY, currency="GBP")
        assert Balance.objects.get(pk=the_member()).tier_until == datetime(2026, 4, 10, 11, tzinfo=UTC)


# People who become one, or go


def test_of_two_who_become_one_the_better_tier_stands_and_gifts_are_not_given_again() -> None:
    publish(tiers=plan(), hold_days=0)
    bought("a", 120_000, NOON, "7")
    bought("b", 100, NOON, "8")
    gone, left = Customer.objects.order_by("pk")
    with transaction.atomic():
        merge(gone, left, actor=SYSTEM, at=after(1))
    assert (tier(gone.pk), tier(left.pk)) == ("", "silver")
    assert has(left.pk) == {"available": 1_200 + 1 + 500}


def test_points_of_who_was_merged_still_count() -> None:
    publish(tiers=plan(Tier("a", {"en": "A"}, 1_000), metric="points"))
    gone, left = member(), member()
    earn(gone, 600, "a")
    earn(left, 400, "b")
    with transaction.atomic():
        merge(*(Customer.objects.get(pk=who) for who in (gone, left)), actor=SYSTEM, at=NOON)
    assert tier(left) == "a"


def test_who_is_erased_is_on_no_tier() -> None:
    publish(tiers=plan(window="calendar_year"))
    bought("a", 120_000, NOON)
    who = Customer.objects.get(pk=the_member())
    with transaction.atomic():
        erase(who, actor=SYSTEM, at=after(1))
    balance = Balance.objects.get(pk=who.pk)
    assert (balance.tier, balance.tier_since, balance.tier_until) == ("", None, None)


def test_a_programme_without_tiers_asks_one_question(django_assert_num_queries: Any) -> None:
    publish()
    who = member()
    with django_assert_num_queries(1):
        tiers.review([who], at=NOON)


def test_two_who_are_parted_again_are_on_their_own_tiers() -> None:
    publish(tiers=plan())
    bought("a", 120_000, NOON, "7")
    bought("b", 200_000, NOON, "8")
    gone, left = Customer.objects.order_by("pk")
    with transaction.atomic():
        merge(gone, left, actor=SYSTEM, at=after(1))
    assert tier(left.pk) == "gold"
    with transaction.atomic():
        unmerge(Customer.objects.get(pk=gone.pk), actor=SYSTEM, at=after(2))
    assert (tier(gone.pk), tier(left.pk)) == ("silver", "silver")


def test_an_entry_gift_is_explained() -> None:
    publish(tiers=plan())
    bought("a", 120_000, NOON)
    (gift, *_) = [line for line in history(the_member()) if line.order_id is None]
    assert (gift.points, gift.reason, explain(gift.arithmetic)) == (
        500, "For reaching a tier.", "Silver: 500 points",
    )  # fmt: skip
