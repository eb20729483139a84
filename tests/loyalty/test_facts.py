"""What is known of a member when an order earns, and that it stays so; and how long points wait for a parcel."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Order
from customers.orders import apply_orders
from customers.snapshots import LineSnapshot, OrderSnapshot
from loyalty import ledger
from loyalty.facts import facts_of
from loyalty.models import Balance, Journal, Lot, OrderEarning, Redemption
from loyalty.rules import Rules, WrongRules
from tests.loyalty.orders import NOON, after, buyer, deliver, order, publish, refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

FIRST = {"key": "first", "kind": "nth_order", "points": 1_000}
DOUBLE = {"effect": "multiply", "factor": 200}


def programme(*earning: dict[str, Any], at: datetime = NOON - timedelta(days=1), **more: Any) -> None:
    named = [{"name": {"en": rule["key"]}, **rule} for rule in earning]
    publish(Rules.from_json({"currency": "KRW", "earn_points": 1, "earn_per": 100, "earning": named, **more}), at=at)


def placed(number: int, *, minutes: float = 0, **more: Any) -> OrderSnapshot:
    """One of a member's orders of 10,000 won."""
    at = after(minutes)
    lines = (LineSnapshot("l1", "Beans", 1, 10_000, 10_000),)
    plain = {"external_id": str(number), "placed_at": at, "paid_at": at, "updated_at": at, "lines": lines}
    return order(**{**plain, "subtotal": 10_000, "total": 10_000, **more})


def arrive(*snapshots: OrderSnapshot, together: bool = False, at: datetime = NOON) -> None:
    for batch in [snapshots] if together else [[snapshot] for snapshot in snapshots]:
        with transaction.atomic():
            apply_orders(batch, at=at)


def posted() -> dict[str, int]:
    return dict(OrderEarning.objects.values_list("order__external_id", "posted"))


def back(number: int, amount: int, name: str = "r") -> Any:
    return refund(name, amount, order_external_id=str(number))


def test_the_first_order_is_the_first_placed_not_the_first_of_the_batch() -> None:
    programme(FIRST)
    arrive(placed(1, minutes=9), placed(2, minutes=5), together=True)
    assert posted() == {"1": 100, "2": 1_100}


def test_orders_from_before_the_programme_count_as_orders() -> None:
    programme(FIRST)
    arrive(placed(1, minutes=-3_000), placed(2))
    assert posted() == {"1": 0, "2": 100}


def test_a_first_order_that_arrives_late_brings_no_second_bonus() -> None:
    programme(FIRST)
    arrive(placed(2, minutes=5), placed(1))
    assert posted() == {"1": 100, "2": 1_100}


def test_the_bonus_falls_with_its_order_and_comes_no_second_time() -> None:
    programme(FIRST)
    arrive(placed(1001))
    deliver(back(1001, 10_000))
    arrive(placed(2, minutes=5))
    assert posted() == {"1001": 0, "2": 100}


def test_a_pending_order_takes_no_place() -> None:
    programme(FIRST)
    arrive(placed(1, state="pending", paid_at=None), placed(2, minutes=5))
    assert posted() == {"1": 0, "2": 1_100}


def test_every_third_order_has_its_points() -> None:
    programme({"key": "third", "kind": "nth_order", "nth": 3, "repeat": True, "points": 50})
    arrive(*(placed(n, minutes=n) for n in range(1, 8)))
    assert [posted()[str(n)] for n in range(1, 8)] == [100, 100, 150, 100, 100, 150, 100]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
def test_a_members_limit_holds_over_orders(together: bool) -> None:
    programme({"key": "extra", "kind": "order", "points": 30, "limit": {"times_a_day": 2, "points_a_day": 50}})
    arrive(*(placed(n, minutes=n) for n in range(1, 5)), together=together)
    assert posted() == {"1": 130, "2": 120, "3": 100, "4": 100}


def test_what_an_order_got_before_counts_also_when_it_comes_again_in_the_same_batch() -> None:
    programme({"key": "extra", "kind": "order", "points": 30, "limit": {"times_each": 1}})
    arrive(placed(1))
    arrive(placed(1, updated_at=after(3)), placed(2, minutes=1), together=True)
    assert posted() == {"1": 130, "2": 100}


def test_another_member_has_limits_of_their_own() -> None:
    programme({"key": "extra", "kind": "order", "points": 30, "limit": {"times_each": 1}})
    arrive(placed(1), placed(2, buyer=buyer("8")))
    assert posted() == {"1": 130, "2": 130}


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
def test_a_limit_of_the_programme_holds_over_members(together: bool) -> None:
    programme({"key": "extra", "kind": "order", "points": 30, "limit": {"points_in_all": 40}})
    arrive(placed(1), placed(2, minutes=1, buyer=buyer("8")), placed(3, minutes=2), together=together)
    assert posted() == {"1": 130, "2": 110, "3": 100}


def test_what_a_refund_takes_back_is_there_for_others() -> None:
    programme({"key": "extra", "kind": "order", "points": 30, "limit": {"points_in_all": 30}})
    arrive(placed(1001))
    deliver(back(1001, 10_000))
    arrive(placed(2, minutes=1))
    assert posted() == {"1001": 0, "2": 130}


def gold(who: int, tier: str = "gold") -> None:
    ledger.lock([who])
    Balance.objects.filter(pk=who).update(tier=tier, tier_since=NOON if tier else None)


TIERS: dict[str, Any] = {
    "metric": "visits", "tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 1_000, "factor": 150}],
}  # fmt: skip


def test_a_tier_that_is_lost_later_leaves_the_orders_points_as_they_were() -> None:
    programme(tiers=TIERS)
    arrive(placed(1, state="pending", paid_at=None))
    who = Customer.objects.get().pk
    gold(who)
    arrive(placed(1001, minutes=1))
    gold(who, "")
    assert deliver(back(1001, 5_000)).posted == 75
    assert deliver(back(1001, 5_000, "r2")).posted == 0


def test_a_tag_given_later_leaves_the_orders_points_as_they_were() -> None:
    programme({"key": "friends", "kind": "order", "audience": {"tags": ["friend"]}, **DOUBLE})
    arrive(placed(1001))
    Customer.objects.update(tags=["friend"])
    arrive(placed(2, minutes=1))
    assert deliver(back(1001, 5_000)).posted == 50
    assert posted()["2"] == 200


def test_rules_that_change_between_earning_and_refund_are_reversed_exactly() -> None:
    programme({"key": "double", "kind": "order", **DOUBLE}, FIRST)
    arrive(placed(1001))
    programme({"key": "triple", "kind": "order", "effect": "multiply", "factor": 300}, at=after(1))
    parts = [deliver(back(1001, amount, name)).posted for name, amount in [("a", 3_333), ("b", 3_333), ("c", 3_334)]]
    assert parts == [1_133, 1_066, 0]
    assert [b.available for b in Balance.objects.all()] == [0]


def test_a_refund_may_come_before_its_order() -> None:
    programme(FIRST)
    deliver(back(1001, 4_000))
    arrive(placed(1001))
    assert posted() == {"1001": 1_060}


def test_an_order_that_changes_hands_earns_by_what_is_known_of_its_new_owner() -> None:
    programme(FIRST)
    arrive(placed(1), placed(2, minutes=1, buyer=buyer("8")))
    arrive(placed(2, minutes=1, buyer=buyer("7"), updated_at=after(5)))
    assert posted() == {"1": 1_100, "2": 100}


def test_what_was_known_is_kept_with_the_order_and_nothing_where_nothing_was_asked() -> None:
    programme(FIRST)
    arrive(placed(1))
    assert OrderEarning.objects.get().facts == {"nth": 1, "took": ["first"], "frozen": True}


def test_a_plain_programme_asks_for_nothing(django_assert_num_queries: Any) -> None:
    programme()
    arrive(placed(1))
    assert OrderEarning.objects.get().facts == {}
    orders = list(Order.objects.all())
    with django_assert_num_queries(1):  # the versions
        facts_of(orders, at=NOON)


def test_what_our_own_codes_took_off_counts_where_the_programme_says_so() -> None:
    programme(count_points_paid=True)
    arrive(placed(7))
    Redemption.objects.create(
        customer=Customer.objects.get(), reward="five", terms={}, points=0, value_minor=5_000, currency="KRW",
        origin="staff", code="R0123456789AB", key="k", created_at=NOON, valid_until=after(999),
    )  # fmt: skip
    arrive(placed(1, minutes=1, subtotal=5_000, total=5_000, codes={"R0123456789AB": 5_000, "SPRING": 100}))
    arrive(placed(2, minutes=2, subtotal=5_000, total=5_000, codes={"r-0123-4567-89ab": None}))
    assert posted() == {"7": 100, "1": 100, "2": 100}


# ── Points that wait for a parcel ───────────────────────────────────────────────────────────────


def matures() -> datetime | None:
    return Lot.objects.get().matures_at


def test_points_wait_for_the_parcel_at_most_so_long() -> None:
    programme(hold_from="delivered", hold_at_most=30, hold_days=3)
    arrive(placed(1))
    assert matures() == NOON + timedelta(days=33)


def test_points_are_ready_some_days_after_the_parcel_came() -> None:
    programme(hold_from="delivered", hold_at_most=30, hold_days=3)
    arrive(placed(1))
    arrive(placed(1, updated_at=after(9), fulfilled_at=after(5)))
    assert matures() == NOON + timedelta(days=33)
    arrive(placed(1, updated_at=after(10), fulfilled_at=after(5), delivered_at=after(10)))
    assert matures() == after(10) + timedelta(days=3)
    ledger.mature(at=after(10) + timedelta(days=3))
    assert Balance.objects.get().available == 100


def test_a_later_step_stands_for_the_one_that_was_not_told() -> None:
    programme(hold_from="fulfilled", hold_at_most=30)
    arrive(placed(1, confirmed_at=after(7)))
    assert matures() == after(7)


def test_points_that_are_ready_stay_so() -> None:
    programme(hold_from="delivered", hold_at_most=1)
    arrive(placed(1))
    later = NOON + timedelta(days=2)
    ledger.mature(at=later)
    arrive(placed(1, updated_at=after(10), delivered_at=after(10)), at=later)
    assert (matures(), Lot.objects.get().state) == (NOON + timedelta(days=1), "active")


def test_points_never_wait_beyond_their_expiry() -> None:
    programme(hold_from="confirmed", hold_at_most=25, hold_days=2, expiry_months=1, expiry_ends="day")
    arrive(placed(1, minutes=-600))
    lot = Lot.objects.get()
    assert lot.matures_at is not None
    assert lot.expires_at is not None
    assert lot.matures_at < lot.expires_at


def test_the_wait_may_not_be_longer_than_points_live() -> None:
    with pytest.raises(WrongRules) as wrong:
        programme(hold_from="confirmed", hold_at_most=60, expiry_months=2)
    assert list(wrong.value.errors) == ["expiry_months"]


def test_the_journal_of_an_order_tells_each_rule() -> None:
    programme(FIRST, {"key": "double", "kind": "order", **DOUBLE})
    arrive(placed(1))
    told = Journal.objects.get().arithmetic
    assert (told["basic"], [(rule["key"], rule["points"]) for rule in told["rules"]]) == (
        100,
        [("double", 100), ("first", 1_000)],
    )
