"""Orders and refunds: whatever order deliveries come in, the row ends the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Event, Order
from customers.orders import apply_orders, apply_refunds
from customers.snapshots import LineSnapshot, OrderSnapshot, RefundedLine, RefundSnapshot
from tests.customers.people import NOON, a_guest, a_refund, after, an_account, an_order, standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]


def changes() -> int:
    return Event.objects.filter(kind="order.changed").count()


def test_it_keeps_the_order_and_its_buyer() -> None:
    [order] = apply_orders([an_order()], at=NOON)
    assert (order.state, order.total, order.currency, order.number) == ("paid", 12_000, "KRW", "#1001")
    assert order.customer is not None
    assert order.customer.name == "김민수"


def test_it_tells_that_the_order_changed() -> None:
    [order] = apply_orders([an_order()], at=NOON)
    event = Event.objects.get(kind="order.changed")
    assert (event.subject_id, event.customer_id, event.at) == (order.pk, order.customer_id, NOON)


def test_the_same_again_changes_nothing() -> None:
    [first] = apply_orders([an_order()], at=NOON)
    [second] = apply_orders([an_order()], at=after(5))
    assert (second.pk, second.changed_at, changes()) == (first.pk, NOON, 1)


def test_an_older_state_is_not_taken() -> None:
    apply_orders([an_order(updated_at=after(5), total=10_000)], at=NOON)
    [order] = apply_orders([an_order(updated_at=NOON, total=12_000)], at=after(6))
    assert (order.total, changes()) == (10_000, 1)


def test_of_two_states_with_one_time_the_further_one_counts() -> None:
    paid, cancelled = an_order(), an_order(state="cancelled", cancelled_at=NOON)
    apply_orders([cancelled], at=NOON)
    [order] = apply_orders([paid], at=NOON)
    assert order.state == Order.State.CANCELLED


def test_of_several_in_one_batch_the_newest_counts() -> None:
    batch = [an_order(updated_at=after(n), total=n) for n in (2, 5, 3)]
    [order] = apply_orders(batch, at=NOON)
    assert (order.total, changes()) == (5, 1)


def test_a_batch_may_hold_new_and_known_orders() -> None:
    apply_orders([an_order("1")], at=NOON)
    orders = apply_orders([an_order("2"), an_order("1", updated_at=after(1), total=7)], at=NOON)
    assert [(o.external_id, o.total) for o in orders] == [("1", 7), ("2", 12_000)]


def test_stores_do_not_share_order_ids() -> None:
    apply_orders([an_order(), an_order(source="st_2", buyer=None)], at=NOON)
    assert Order.objects.count() == 2


def test_it_keeps_the_lines() -> None:
    line = LineSnapshot(external_id="l1", name="라떼", quantity=2, unit_price=5_000, total=9_000, discount=1_000)
    apply_orders([an_order(lines=(line,))], at=NOON)
    assert Order.objects.get().lines == [
        {
            "external_id": "l1", "name": "라떼", "quantity": 2, "unit_price": 5_000, "total": 9_000, "discount": 1_000,
            "product_id": "", "sku": "", "gift_card": False,
        }
    ]  # fmt: skip


# ── Refunds ─────────────────────────────────────────────────────────────────────────────────────


def test_a_refund_is_entered_into_its_order() -> None:
    apply_orders([an_order()], at=NOON)
    [order] = apply_refunds([a_refund(lines=(RefundedLine("l1", 1, 5_000),))], at=NOON)
    assert (order.refunded, order.total) == (5_000, 12_000)
    assert order.refunds["r1"]["lines"] == [{"line_id": "l1", "quantity": 1, "amount": 5_000}]


def test_a_refund_before_its_order_waits_for_it() -> None:
    [waiting] = apply_refunds([a_refund()], at=NOON)
    assert (waiting.state, waiting.refunded, waiting.version) == (Order.State.UNKNOWN, 5_000, "")
    [order] = apply_orders([an_order()], at=NOON)
    assert (order.pk, order.state, order.refunded) == (waiting.pk, Order.State.PAID, 5_000)


def test_a_refund_may_come_inside_its_order_too() -> None:
    apply_refunds([a_refund()], at=NOON)
    [order] = apply_orders([an_order(refunds=(a_refund(embedded=True), a_refund("r2", total=1_000)))], at=NOON)
    assert order.refunded == 6_000


def test_an_old_state_of_the_order_may_bring_a_new_refund() -> None:
    apply_orders([an_order(updated_at=after(9))], at=NOON)
    [order] = apply_orders([an_order(updated_at=NOON, total=1, refunds=(a_refund(),))], at=NOON)
    assert (order.total, order.refunded, changes()) == (12_000, 5_000, 2)


def test_the_newest_state_of_a_refund_counts() -> None:
    apply_refunds([a_refund(updated_at=after(2), total=3_000)], at=NOON)
    [order] = apply_refunds([a_refund(updated_at=after(1), total=9_000)], at=NOON)
    assert order.refunded == 3_000


def test_a_cancelled_refund_gives_nothing_back() -> None:
    apply_refunds([a_refund(), a_refund("r2", total=700)], at=NOON)
    [order] = apply_refunds([a_refund(cancelled=True)], at=NOON)
    assert order.refunded == 700


def test_the_same_refund_again_changes_nothing() -> None:
    apply_refunds([a_refund()], at=NOON)
    apply_refunds([a_refund()], at=NOON)
    assert changes() == 1


STORY: list[OrderSnapshot | RefundSnapshot] = [
    an_order(state="pending", paid_at=None),
    an_order(updated_at=after(1)),
    an_order(updated_at=after(2), total=11_000, subtotal=11_000),
    a_refund("r1", updated_at=after(3)),
    an_order(updated_at=after(3), total=11_000, subtotal=11_000, refunds=(a_refund("r1", updated_at=after(3)),)),
    a_refund("r2", updated_at=after(4), total=6_000, subtotal=6_000),
    an_order(updated_at=after(5), state="cancelled", cancelled_at=after(5), total=11_000, subtotal=11_000),
]


def told(story: Sequence[OrderSnapshot | RefundSnapshot], size: int) -> dict[str, Any]:
    """Deliver in batches of that size, and say how the order ends."""
    for start in range(0, len(story), size):
        batch = story[start : start + size]
        apply_orders([s for s in batch if isinstance(s, OrderSnapshot)], at=NOON)
        apply_refunds([s for s in batch if isinstance(s, RefundSnapshot)], at=NOON)
    return standing(Order.objects.get()) | {"customer_id": None}


def untold(story: Sequence[OrderSnapshot | RefundSnapshot], size: int) -> dict[str, Any]:
    """As told, and then take it all back."""
    with transaction.atomic():
        ended = told(story, size)
        transaction.set_rollback(True)
    return ended


@pytest.mark.parametrize("seed", range(40))
def test_any_order_and_any_repetition_ends_in_the_same_row(seed: int) -> None:
    chance = random.Random(seed)
    shuffled = [*STORY, *chance.choices(STORY, k=4)]
    chance.shuffle(shuffled)
    assert untold(shuffled, chance.choice([1, 2, 3, 20])) == untold(STORY, 1)


# ── Buyers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arrival", [*permutations(range(3))], ids=str)
def test_whose_order_it_is_does_not_depend_on_what_arrived_first(arrival: tuple[int, ...]) -> None:
    story = [
        an_order(buyer=an_account("8", email="other@example.com", embedded=True)),
        an_order(updated_at=after(1), buyer=a_guest(email="unknown@example.com")),
        an_order(updated_at=after(2), buyer=None),
    ]
    for place in arrival:
        apply_orders([story[place]], at=NOON)
    order = Order.objects.get()
    assert (order.customer, order.guest_email) == (None, "unknown@example.com")


def test_two_orders_of_one_account_have_one_customer() -> None:
    first, second = apply_orders([an_order("1"), an_order("2")], at=NOON)
    assert first.customer_id == second.customer_id
    assert Customer.objects.count() == 1


def test_an_account_at_a_store_is_a_member_from_then_on() -> None:
    apply_orders([an_order(buyer=an_account(embedded=True, created_at=after(-90)))], at=NOON)
    assert Customer.objects.get().joined_at == after(-90)


def test_a_guests_order_has_no_customer_yet() -> None:
    [order] = apply_orders([an_order(buyer=a_guest(phone="+821012345678"))], at=NOON)
    assert (order.customer, order.guest_email, order.guest_phone) == (None, "minsu@example.com", "+821012345678")
    assert not Customer.objects.exists()


def test_an_order_without_any_buyer_is_kept() -> None:
    [order] = apply_orders([an_order(buyer=None)], at=NOON)
    assert (order.customer, order.buyer_external_id) == (None, "")


def test_an_order_may_move_to_another_account() -> None:
    apply_orders([an_order()], at=NOON)
    other = an_account("8", email="other@example.com", embedded=True)
    [order] = apply_orders([an_order(updated_at=after(1), buyer=other)], at=NOON)
    assert order.customer is not None
    assert order.customer.email == "other@example.com"


def test_a_guests_order_is_given_to_the_account_it_turns_out_to_be() -> None:
    apply_orders([an_order(buyer=a_guest())], at=NOON)
    [order] = apply_orders([an_order(updated_at=after(1))], at=NOON)
    assert order.customer is not None
    assert (order.buyer_external_id, order.guest_email) == ("7", "")


@pytest.mark.parametrize("refund_first", [True, False])
def test_a_refund_in_another_currency_takes_nothing_off(refund_first: bool) -> None:
    refund = a_refund(currency="USD")
    if refund_first:
        apply_refunds([refund], at=NOON)
    apply_orders([an_order()], at=NOON)
    [order] = apply_refunds([refund], at=NOON)
    assert (order.currency, order.refunded, list(order.refunds)) == ("KRW", 0, ["r1"])
