"""Purchases at the till: one effect for each key, points as for any order, taken back by undoing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from customers import merging
from customers.models import Customer, Identity, Order
from loyalty import counter
from loyalty.earning_rules import EarningRule
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.loyalty.members import SORA, has, member
from tests.loyalty.orders import NOON, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]


@pytest.fixture(autouse=True)
def _programme(in_cafe: Merchant) -> None:
    publish(hold_days=0)


def buy(who: int, amount: int = 12_000, key: str = "k1") -> counter.Purchase:
    return counter.purchase(who, amount, key=key, at=NOON, actor=SORA)


def test_a_purchase_is_a_paid_order_of_the_till_that_earns() -> None:
    who = member()
    done = buy(who)
    assert (done.order.source, done.order.state, done.order.customer_id) == ("till", "paid", who)
    assert (done.points, has(who)) == (120, {"available": 120})


def test_the_same_key_again_tells_the_same_and_does_nothing() -> None:
    who = member()
    first, again = buy(who), buy(who)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.points == 120
    assert Order.objects.count() == 1


def test_a_key_of_another_purchase_is_refused() -> None:
    who = member()
    buy(who)
    with pytest.raises(counter.KeyTaken):
        buy(who, 13_000)


def test_undoing_takes_the_points_back_once() -> None:
    who = member()
    buy(who)
    for _ in range(2):
        undone = counter.undo("k1", at=NOON + timedelta(seconds=9), actor=SORA)
    assert undone.is_undone
    assert undone.order.customer_id == who
    assert has(who) == {}


def test_a_purchase_can_not_be_undone_later() -> None:
    buy(member())
    with pytest.raises(counter.TooLate):
        counter.undo("k1", at=NOON + timedelta(minutes=3), actor=SORA)


def test_a_purchase_costs_something() -> None:
    with pytest.raises(counter.CounterError):
        buy(member(), 0)


def test_the_preview_is_what_is_earned() -> None:
    who = member()
    assert counter.preview(who, 12_345, at=NOON) == buy(who, 12_345).points == 123


def test_the_trail_names_who_stood_at_the_till() -> None:
    buy(member())
    entry = AuditEntry.objects.get(action="till.purchase")
    assert (entry.actor_name, entry.object_label) == ("Sora", "T261120-K1")


def test_purchases_follow_a_merge() -> None:
    gone, left = member(), member()
    buy(gone)
    with transaction.atomic():
        merging.merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=left), actor=SORA, at=NOON)
    buy(left, key="k2")
    assert set(Order.objects.values_list("customer_id", flat=True)) == {left}
    assert Identity.objects.filter(source="till", customer_id=left).exists()


def test_the_preview_knows_which_order_it_is() -> None:
    first = EarningRule(key="first", kind="nth_order", name={"en": "Welcome"}, points=500)
    publish(at=NOON - timedelta(hours=1), hold_days=0, earning=(first,), stacking="add")
    who = member()
    assert counter.preview(who, 10_000, at=NOON) == buy(who, 10_000).points == 600
    later = NOON + timedelta(minutes=5)
    again = counter.purchase(who, 10_000, key="k2", at=later, actor=SORA)
    assert counter.preview(who, 10_000, at=later + timedelta(minutes=5)) == again.points == 100
