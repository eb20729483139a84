"""Repairing drift: what the store states now wins, points follow, and a person decides the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.orders import apply_orders, apply_refunds
from customers.snapshots import RefundSnapshot
from loyalty.models import Balance, OrderEarning
from storefront import pulling, repairing
from storefront.agreement import snapshot_of
from storefront.models import Drift
from tenants.models import Merchant
from tests.loyalty.orders import publish
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED, SimOrder
from tests.platforms.shopify import ShopifyShop
from tests.storefront.pulled import NOON, OWNER, compare, drifts, orders, read_history, repair, silent, the_drift

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def shop(cafe: Merchant) -> Iterator[Connection]:
    """A shop with two orders of a member that both sides know and that have earned 120 points each."""
    with tenant_context(cafe):
        publish(at=OPENED - timedelta(days=1), hold_days=0)
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as connection:
        silent(connection)
        minsu = connection.shop.register("Minsu", "minsu@example.com")
        for _ in range(2):
            connection.shop.place_order(("Beans", 12_000, 1), customer=minsu)
        read_history(connection)
        yield connection


def an_order(shop: Connection) -> SimOrder:
    return next(iter(shop.shop.orders.values()))


def points(shop: Connection) -> int:
    with tenant_context(shop.merchant):
        return sum(Balance.objects.values_list("available", flat=True))


def change_here(shop: Connection, order: SimOrder, **changes: Any) -> None:
    """Something gave us a newer, wrong state."""
    with tenant_context(shop.merchant), transaction.atomic():
        told = snapshot_of(orders(shop)[order.id], **changes, updated_at=NOON + timedelta(days=1))
        apply_orders([told], at=NOON)


def test_what_was_missed_is_brought_in_with_its_points(shop: Connection) -> None:
    lost = shop.shop.place_order(("Cup", 5_000, 1), customer=next(iter(shop.shop.customers.values())))
    compare(shop)
    assert points(shop) == 240
    pull = repair(shop, LATER)
    assert (pull.state, pull.expected, pull.counts) == ("done", 1, {"repaired": 1})
    assert orders(shop)[lost.id].total == 5_000
    assert (points(shop), drifts(shop), the_drift(shop).repaired_at) == (290, [], LATER)


def test_what_was_out_of_date_is_brought_up_to_date(shop: Connection) -> None:
    shop.shop.refund(an_order(shop))
    compare(shop)
    repair(shop, LATER)
    assert (points(shop), drifts(shop)) == (120, [])


def test_the_store_wins_even_over_a_newer_state_of_ours(shop: Connection) -> None:
    change_here(shop, an_order(shop), state="cancelled")
    assert points(shop) == 120
    compare(shop)
    assert drifts(shop)[0][2] == {"state": ["cancelled", "paid"]}
    repair(shop, LATER)
    assert (orders(shop)[an_order(shop).id].state, points(shop)) == ("paid", 240)
    compare(shop, LATER + timedelta(hours=1))
    assert drifts(shop) == []


def test_a_refund_that_the_store_does_not_know_did_not_happen(shop: Connection) -> None:
    with tenant_context(shop.merchant), transaction.atomic():
        refund = RefundSnapshot(
            source=shop.store.public_id, order_external_id=an_order(shop).id, external_id="r9", currency="KRW",
            updated_at=NOON, at=NOON, total=12_000, subtotal=12_000,
        )  # fmt: skip
        apply_refunds([refund], at=NOON)
    assert points(shop) == 120
    compare(shop)
    repair(shop, LATER)
    assert (orders(shop)[an_order(shop).id].refunded, points(shop)) == (0, 240)


def test_only_what_was_chosen_is_repaired(shop: Connection) -> None:
    shop.shop.place_order()
    lost = shop.shop.place_order()
    compare(shop)
    with tenant_context(shop.merchant):
        chosen = Drift.objects.get(external_id=lost.id).pk
    repair(shop, LATER, [chosen])
    assert len(drifts(shop)) == 1
    assert lost.id in orders(shop)


def test_repairing_again_changes_nothing(shop: Connection) -> None:
    shop.shop.refund(an_order(shop))
    compare(shop)
    repair(shop, LATER)
    with tenant_context(shop.merchant):
        assert pulling.start_repair(shop.store, None, actor=OWNER, at=LATER) is None
        assert OrderEarning.objects.get(order__external_id=an_order(shop).id).postings == 2


def test_more_can_be_ordered_while_a_repair_is_under_way(shop: Connection) -> None:
    shop.shop.place_order()
    shop.shop.place_order()
    compare(shop)
    with tenant_context(shop.merchant):
        first, second = Drift.objects.order_by("-pk").values_list("pk", flat=True)
        pulling.start_repair(shop.store, [first], actor=OWNER, at=LATER)
    pull = repair(shop, LATER, [second])
    assert (pull.state, pull.expected, pull.counts, drifts(shop)) == ("done", 2, {"repaired": 2}, [])


def test_what_the_shop_cannot_answer_now_is_tried_again(shop: Connection) -> None:
    shop.shop.place_order()
    compare(shop)
    shop.server.fail(times=1)
    assert repair(shop, LATER).state == "running"
    with tenant_context(shop.merchant):
        pulling.run(LATER + timedelta(minutes=1))
    assert drifts(shop) == []


def test_an_order_that_vanished_at_the_store_becomes_one_it_does_not_know(shop: Connection) -> None:
    shop.shop.refund(an_order(shop))
    compare(shop)
    del shop.shop.orders[an_order(shop).id]
    repair(shop, LATER)
    assert [kind for kind, _, _ in drifts(shop)] == ["extra"]
    assert the_drift(shop).note == repairing.GONE


def test_an_order_the_store_does_not_know_is_never_repaired_unasked(shop: Connection) -> None:
    del shop.shop.orders[an_order(shop).id]
    compare(shop)
    with tenant_context(shop.merchant):
        assert pulling.start_repair(shop.store, None, actor=OWNER, at=LATER) is None
    assert points(shop) == 240


def test_it_can_be_counted_as_cancelled_and_that_can_be_undone(shop: Connection) -> None:
    del shop.shop.orders[an_order(shop).id]
    compare(shop)
    with tenant_context(shop.merchant):
        repairing.cancel_extra(the_drift(shop), reason="a test", actor=OWNER, at=LATER)
    assert (points(shop), drifts(shop)) == (120, [])
    with tenant_context(shop.merchant):
        repairing.restore_extra(the_drift(shop), actor=OWNER, at=LATER)
        with pytest.raises(repairing.NotPossible):
            repairing.restore_extra(the_drift(shop), actor=OWNER, at=LATER)
    assert (points(shop), [kind for kind, _, _ in drifts(shop)]) == (240, ["extra"])


def test_what_is_left_as_it_is_can_be_taken_up_again(shop: Connection) -> None:
    shop.shop.place_order()
    compare(shop)
    with tenant_context(shop.merchant):
        assert repairing.leave([the_drift(shop).pk], reason="a gift", actor=OWNER, at=LATER) == 1
        assert pulling.start_repair(shop.store, None, actor=OWNER, at=LATER) is None
        assert the_drift(shop).note == "a gift"
        repairing.take_up(the_drift(shop), actor=OWNER, at=LATER)
    assert len(drifts(shop)) == 1
