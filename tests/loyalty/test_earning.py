"""What an order earns: by its state, its money and the rules in force when it was placed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from customers.identities import prove_email
from customers.models import Customer
from customers.orders import apply_orders
from customers.snapshots import LineSnapshot, RefundedLine
from loyalty.models import Balance, Journal, Lot, OrderEarning
from staff.actors import SYSTEM
from tests.loyalty.orders import NOON, after, buyer, deliver, order, publish, refund, the_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]


def balances() -> list[tuple[int, int, int]]:
    """Available, pending and owed of each customer who has an account, oldest first."""
    return list(Balance.objects.order_by("customer_id").values_list("available", "pending", "debt"))


def test_a_paid_order_earns_its_points_after_the_wait() -> None:
    publish()
    earning = deliver(order())
    assert (earning.posted, earning.outcome) == (123, "earned")
    assert balances() == [(0, 123, 0)]
    lot = Lot.objects.get()
    assert lot.matures_at == NOON + timedelta(days=7)
    assert lot.expires_at == datetime(2029, 11, 30, 14, 59, 59, tzinfo=UTC)  # the month's last second in Seoul


def test_the_journal_tells_when_the_order_was_paid_and_by_which_rules() -> None:
    version = publish()
    deliver(order(paid_at=after(-60)), at=after(5))
    journal = Journal.objects.get()
    assert (journal.effective_at, journal.recorded_at) == (after(-60), after(5))
    assert (journal.order, journal.programme_version) == (the_order(), version)
    assert journal.arithmetic["eligible"] == 12_345


def test_a_claw_back_is_told_of_the_moment_of_the_refund_not_of_its_arrival() -> None:
    publish()
    deliver(order(), refund("r1", 12_345), at=after(600))
    journal = Journal.objects.get(kind=Journal.Kind.CLAW_BACK)
    assert (journal.effective_at, journal.recorded_at) == (after(30), after(600))


def test_points_of_an_order_that_arrives_late_are_available_at_once() -> None:
    publish(at=NOON - timedelta(days=40))
    placed = NOON - timedelta(days=30)
    deliver(order(placed_at=placed, paid_at=placed))
    assert balances() == [(123, 0, 0)]


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"test": True}, "test"),
        ({"state": "pending", "paid_at": None}, "not_paid"),
        ({"state": "cancelled"}, "cancelled"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"placed_at": NOON - timedelta(days=2)}, "before_programme"),
        ({"buyer": buyer("", email="guest@example.com")}, "guest"),
        ({"subtotal": 0, "total": 0}, "zero_amount"),
        ({"subtotal": 99, "total": 99}, "too_small"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_order_that_earns_nothing_says_why(fields: dict[str, Any], outcome: str) -> None:
    publish()
    earning = deliver(order(**fields))
    assert (earning.posted, earning.outcome) == (0, outcome)
    assert not Journal.objects.exists()


def test_without_a_programme_an_order_earns_nothing() -> None:
    assert deliver(order()).outcome == "before_programme"


def test_an_order_below_the_minimum_earns_nothing() -> None:
    publish(minimum_minor=12_346)
    assert deliver(order()).outcome == "below_minimum"


def test_a_refund_without_its_order_earns_nothing_yet() -> None:
    publish()
    assert deliver(refund("r1", 1_000)).outcome == "unknown_order"


@pytest.mark.parametrize(
    ("rules", "points"),
    [
        ({}, 100),  # goods 12,000 less the card of 2,000
        ({"count_gift_cards": True}, 120),
        ({"count_tax": True}, 110),
        ({"count_shipping": True}, 130),
        ({"count_tax": True, "count_shipping": True, "count_gift_cards": True}, 160),
    ],
    ids=["goods", "gift cards", "tax", "shipping", "all"],
)
def test_only_what_counts_earns(rules: dict[str, Any], points: int) -> None:
    publish(**rules)
    assert deliver(order(subtotal=12_000, tax=1_000, shipping=3_000, gift_card=2_000, total=16_000)).posted == points


@pytest.mark.parametrize(("counts", "points"), [(False, 80), (True, 100)])
def test_what_points_paid_earns_only_when_it_counts(counts: bool, points: int) -> None:
    publish(count_points_paid=counts)
    assert deliver(order(subtotal=10_000, total=10_000, points_paid=2_000)).posted == points


def test_a_partial_refund_takes_back_its_part() -> None:
    publish()
    earning = deliver(order(), refund("r1", 5_000))
    assert earning.posted == 73
    assert balances() == [(0, 73, 0)]
    assert list(Journal.objects.order_by("id").values_list("kind", "key")) == [
        ("earn", f"order:{the_order().pk}:1"),
        ("claw_back", f"order:{the_order().pk}:2"),
    ]


def test_three_refunds_of_the_whole_leave_exactly_nothing() -> None:
    publish()
    earning = deliver(order(), refund("r1", 4_115), refund("r2", 4_115), refund("r3", 4_115))
    assert (earning.posted, earning.outcome) == (0, "refunded")
    assert balances() == [(0, 0, 0)]


def test_a_full_refund_leaves_nothing_also_when_it_rounds_up() -> None:
    publish(rounding="ceil", rounding_unit=10)
    assert deliver(order()).posted == 130
    assert deliver(refund("r1", 12_345)).posted == 0


def test_a_refund_of_all_money_leaves_nothing_even_when_its_goods_are_not_told() -> None:
    publish()
    assert deliver(order(), refund("r1", 12_345, subtotal=10_000, shipping=2_345)).posted == 0


def test_a_refunded_gift_card_takes_nothing_back_when_it_had_not_counted() -> None:
    publish()
    lines = (
        LineSnapshot("l1", "Beans", 1, 10_000, 10_000),
        LineSnapshot("l2", "Card", 1, 2_000, 2_000, gift_card=True),
    )
    bought = order(subtotal=12_000, total=12_000, gift_card=2_000, lines=lines)
    assert deliver(bought, refund("r1", 2_000, RefundedLine("l2", 1, 2_000))).posted == 100


def test_a_refund_that_did_not_happen_after_all_gives_the_points_again() -> None:
    publish()
    deliver(order(), refund("r1", 5_000))
    assert deliver(refund("r1", 5_000, cancelled=True, updated_at=after(31))).posted == 123
    assert balances() == [(0, 123, 0)]


def test_a_cancelled_order_gives_back_all() -> None:
    publish()
    earning = deliver(order(), order(state="cancelled", updated_at=after(9)))
    assert (earning.posted, earning.outcome) == (0, "cancelled")
    assert Journal.objects.get(kind="claw_back").reason == "cancelled"


def test_a_later_rule_does_not_touch_an_earlier_order() -> None:
    first = publish()
    deliver(order())
    publish(earn_points=5, at=after(10))
    earning = deliver(refund("r1", 10_000))
    assert (earning.posted, earning.programme_version) == (23, first)


def test_a_guests_order_earns_when_they_prove_their_address() -> None:
    publish()
    assert deliver(order(buyer=buyer("", email="guest@example.com"))).outcome == "guest"
    with transaction.atomic():
        customer = prove_email("guest@example.com", at=after(5), actor=SYSTEM)
    assert (OrderEarning.objects.get().outcome, Balance.objects.get(pk=customer.pk).pending) == ("earned", 123)


def test_points_of_an_order_that_changes_hands_move_with_it() -> None:
    publish()
    deliver(order())
    earning = deliver(order(buyer=buyer("8"), updated_at=after(5)))
    assert earning.posted == 123
    assert earning.customer == Customer.objects.latest("id")
    assert balances() == [(0, 0, 0), (0, 123, 0)]
    assert Journal.objects.get(kind="claw_back").reason == "moved"


def test_a_batch_of_orders_posts_all_at_once(django_assert_max_num_queries: Any) -> None:
    publish()
    snapshots = [order(external_id=f"n{n}", buyer=buyer(str(n % 7))) for n in range(50)]
    with django_assert_max_num_queries(40), transaction.atomic():
        apply_orders(snapshots, at=NOON)
    assert Journal.objects.filter(kind="earn").count() == 50
