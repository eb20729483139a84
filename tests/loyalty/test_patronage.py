"""What staff sort members by: what they spent, how many orders that was, when they were last seen."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction

from customers.merging import merge
from customers.models import Customer, Order
from customers.orders import apply_orders
from customers.unmerging import unmerge
from loyalty import occasions
from loyalty.models import Balance
from staff.actors import SYSTEM
from tests.loyalty.members import member
from tests.loyalty.orders import NOON, after, buyer, deliver, order, publish, refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]


def kept(who: int | None = None) -> tuple[int, int, datetime | None]:
    """What is kept of a member: spent, orders, last seen."""
    balance = Balance.objects.get(pk=who or owner())
    return balance.spent, balance.orders, balance.seen_at


def owner(external_id: str = "1001") -> int:
    pk = Order.objects.get(external_id=external_id).customer_id
    assert pk
    return pk


def deliver_another(external_id: str, money: int, at: datetime, who: str = "7") -> None:
    told = order(external_id=external_id, total=money, subtotal=money, placed_at=at, buyer=buyer(who, updated_at=at))
    with transaction.atomic():
        apply_orders([told], at=at)


def test_orders_add_up_less_refunds() -> None:
    publish()
    deliver(order(), refund("r1", 345))
    deliver_another("1002", 8_000, after(5))
    assert kept() == (20_000, 2, after(5))


def test_they_are_counted_without_a_programme_too() -> None:
    deliver(order())
    assert kept() == (12_345, 1, NOON)


@pytest.mark.parametrize("how", ["refunded", "cancelled"])
def test_an_order_that_does_not_stand_counts_for_nothing(how: str) -> None:
    publish()
    deliver(order())
    if how == "refunded":
        deliver(refund("r1", 12_345))
    else:
        deliver(order(state="cancelled", updated_at=after(9)))
    assert kept()[:2] == (0, 0)


def test_money_of_another_currency_is_not_added() -> None:
    publish()
    deliver(order(currency="USD"))
    assert kept()[:2] == (0, 1)


def test_a_test_order_counts_for_nothing() -> None:
    publish()
    deliver(order(test=True))
    assert kept()[:2] == (0, 0)


def test_an_order_that_changes_hands_leaves_its_first_buyer() -> None:
    publish()
    deliver(order())
    first = owner()
    deliver(order(buyer=buyer("8", updated_at=after(9)), updated_at=after(9)))
    assert kept(first)[:2] == (0, 0)
    assert kept()[:2] == (12_345, 1)


def test_merged_members_count_together_and_parted_apart() -> None:
    publish()
    deliver(order())
    deliver_another("1002", 8_000, after(5), who="8")
    gone, left = owner("1001"), owner("1002")
    with transaction.atomic():
        merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=left), actor=SYSTEM, at=after(10))
    assert (kept(gone), kept(left)) == ((0, 0, None), (20_345, 2, after(5)))
    with transaction.atomic():
        unmerge(Customer.objects.get(pk=gone), actor=SYSTEM, at=after(20))
    assert (kept(gone), kept(left)) == ((12_345, 1, NOON), (8_000, 1, after(5)))


def test_a_visit_shows_that_a_member_was_there() -> None:
    who = member()
    occasions.check_in(who, occasions.visit_code(at=after(60)), at=after(60), actor=SYSTEM)
    assert kept(who) == (0, 0, after(60))


def test_an_older_order_does_not_make_it_earlier() -> None:
    publish()
    deliver(order())
    deliver_another("old", 1_000, after(-5000))
    assert kept() == (13_345, 2, NOON)
