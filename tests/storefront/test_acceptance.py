"""The ten cases on which loyalty systems are known to fail, each through the real hook and the real worker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.models import Order
from loyalty import ledger, programme
from loyalty.audit import audit
from loyalty.models import Balance, OrderEarning
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty.members import earn, has, member
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import connected
from tests.platforms.shop import OPENED
from tests.storefront.senders import Square, WooCommerce, changed, payload
from tests.storefront.sending import Sender, an_order
from tests.storefront.test_shopify import Shopify
from tests.threads import threads

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def in_force(merchant: Merchant, *, at: datetime = LONG_AGO, **rules: Any) -> None:
    """One point for each unit of the currency, at once and for ever, unless told otherwise."""
    plain = {"currency": "USD", "earn_points": 1, "earn_per": 100, "hold_days": 0, "expiry_months": None}
    with tenant_context(merchant):
        programme.publish(Rules(**{**plain, **rules}), actor=SYSTEM, at=at)


def points(merchant: Merchant, external_id: str | None = None) -> list[tuple[int, str]]:
    """What each order earned, and why; the books hold."""
    with tenant_context(merchant):
        assert audit() == []
        found = OrderEarning.objects.order_by("order__external_id")
        found = found.filter(order__external_id=external_id) if external_id else found
        return list(found.values_list("posted", "outcome"))


def balances(merchant: Merchant) -> Counter[str]:
    """All that members have, together."""
    with tenant_context(merchant):
        return sum((Counter(has(pk)) for pk in Balance.objects.values_list("pk", flat=True)), Counter())


def paid(**fields: Any) -> bytes:
    """Shopify's sample as an order that really took place."""
    real = {"test": False, "cancelled_at": None, "financial_status": "paid"}
    return changed("shopify/orders_paid", **real | fields)


@pytest.mark.django_db
def test_a_the_official_shopify_sample_earns_nothing(bikes: Merchant) -> None:
    in_force(bikes)
    shopify = Shopify(bikes)
    for name in ("create", "paid", "updated", "cancelled"):
        shopify.deliver(f"orders/{name}", payload(f"shopify/orders_{name}"))
    shopify.work()
    assert points(bikes) == [(0, "test")]
    later = changed("shopify/orders_updated", test=False, updated_at="2022-01-01T00:00:00-05:00")
    shopify.deliver("orders/updated", later)
    shopify.work()
    assert points(bikes) == [(0, "cancelled")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("adjustments", "back"),
    [([], 10_998), ([{"kind": "refund_discrepancy", "amount": "-20.00", "tax_amount": "0.00"}], 12_998)],
    ids=["lines", "with-adjustment"],
)
def test_b_of_a_refund_lines_and_adjustments_decide_not_transactions(
    bikes: Merchant, adjustments: list[dict[str, str]], back: int
) -> None:
    in_force(bikes)
    shopify = Shopify(bikes)
    sample = json.loads(payload("shopify/refunds_create"))
    lines = sample["refund_line_items"][:2]  # 89.99 and 19.99, while 75.00 and 10.00 were transferred
    shopify.deliver("orders/paid", paid())
    refund = {"refund_line_items": lines, "order_adjustments": adjustments}
    shopify.deliver("refunds/create", changed("shopify/refunds_create", **refund))
    shopify.work()
    assert shopify.order().refunded == back
    assert points(bikes) == [((40_495 - back) // 100, "earned")]


@pytest.mark.django_db
def test_c_two_woocommerce_deliveries_with_one_id_and_different_bodies_are_both_processed(bikes: Merchant) -> None:
    in_force(bikes)
    woo = WooCommerce(bikes)
    first = changed("woocommerce/order_processing", customer_id=5)
    other = changed("woocommerce/order_processing", id=728, number="728", customer_id=5)
    assert [woo.deliver("order.created", body, delivery_id="same").status_code for body in (first, other)] == [202, 202]
    woo.work()
    assert points(bikes) == [(18, "earned"), (18, "earned")]


@pytest.mark.django_db
def test_d_created_and_updated_with_one_hash_are_both_processed(cafe: Merchant) -> None:
    """BigCommerce's own samples of both carry one `hash`. It signs by Standard Webhooks, as any program does here."""
    in_force(cafe, currency="KRW")
    sender = Sender(cafe)
    told = an_order(status="pending", id="hash-dd70c0976e06b67aaf671e73f49dcb79")
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert sender.send("order.created", told).status_code == 202
    assert sender.send("order.updated", {**told, "status": "paid", "updated_at": later}).status_code == 202
    sender.work()
    assert [delivery.state for delivery in sender.deliveries()] == ["done", "done"]
    assert points(cafe) == [(120, "earned")]


def noting(sent: list[Any]) -> Callable[[Any], int]:
    """A receiver that keeps what it is sent and answers 200."""

    def receive(message: Any) -> int:
        sent.append(message)
        return 200

    return receive


@pytest.mark.django_db
def test_e_a_cafe24_list_of_orders_is_as_many_orders_and_a_resent_body_counts_once(cafe: Merchant) -> None:
    in_force(cafe, currency="KRW")
    with connected(cafe, Cafe24Shop(), at=OPENED) as cafe24:
        sent: list[Any] = []
        cafe24.shop.send = noting(sent)
        sora = cafe24.shop.register("Sora", "sora@example.com")
        orders = [cafe24.shop.place_order(("Beans", price, 1), customer=sora) for price in (10_000, 20_000, 30_000)]
        sent.clear()
        cafe24.shop.tell_in_bulk(90025, *orders)
        assert [cafe24.deliver(message) for message in sent * 3] == [202, 200, 200]
        drain(cafe, cafe24.shop.now)
    assert points(cafe) == [(100, "earned"), (200, "earned"), (300, "earned")]
    with tenant_context(cafe):
        assert cafe24.store.deliveries.get().state == "done"


@pytest.mark.django_db
def test_f_a_square_payment_without_an_announced_order_earns(bikes: Merchant) -> None:
    in_force(bikes, currency="GBP")
    square = Square(bikes)
    payment = {
        "id": "pay1", "order_id": "ord1", "status": "COMPLETED", "customer_id": "cus1",
        "created_at": "2026-11-20T02:00:00Z", "updated_at": "2026-11-20T02:00:05Z",
        "amount_money": {"amount": 1_250, "currency": "GBP"},
    }  # fmt: skip
    square.deliver("payment.updated", {"payment": payment})
    square.work()
    assert points(bikes) == [(12, "earned")]


@pytest.mark.django_db
def test_g_a_rule_that_changed_between_earning_and_refund_takes_back_exactly_what_was_earned(cafe: Merchant) -> None:
    now = datetime.now(UTC)
    in_force(cafe, currency="KRW")
    sender = Sender(cafe)
    sender.send("order.paid", an_order(placed_at=(now - timedelta(minutes=5)).isoformat()))
    sender.work()
    assert points(cafe) == [(120, "earned")]
    in_force(cafe, at=now - timedelta(minutes=1), currency="KRW", earn_points=7)
    half = {"id": "r1", "order_id": "1001", "currency": "KRW", "total": "6000", "updated_at": now.isoformat()}
    sender.send("refund.created", half)
    sender.work()
    assert points(cafe) == [(60, "earned")]
    sender.send("refund.created", {**half, "id": "r2"})
    sender.work()
    assert (points(cafe), balances(cafe)) == ([(0, "refunded")], Counter())


@pytest.mark.django_db(transaction=True)
def test_h_of_twenty_redemptions_of_the_same_points_at_once_one_succeeds(cafe: Merchant) -> None:
    with tenant_context(cafe):
        who = member()
        earn(who, 100)
    barrier = Barrier(20)

    def redeem(number: int) -> str:
        with tenant_context(cafe):
            barrier.wait(20)
            try:
                ledger.hold(who, 100, reason="Coffee", actor=SYSTEM, key=f"redeem:{number}", at=datetime.now(UTC))
            except ledger.NotEnoughPoints:
                return "refused"
            return "held"

    with threads(20) as pool:
        ended = Counter(future.result() for future in [pool.start(redeem, number) for number in range(20)])
    assert ended == {"held": 1, "refused": 19}
    with tenant_context(cafe):
        assert (has(who), audit()) == ({"held": 100}, [])


@pytest.mark.django_db
def test_i_three_partial_refunds_that_make_up_the_whole_leave_nothing(cafe: Merchant) -> None:
    in_force(cafe, currency="KRW", earn_per=300)  # 10,000 won are 33 points and a third
    sender = Sender(cafe)
    sender.send("order.paid", an_order(total="10000"))
    sender.work()
    left = []
    for number, amount in enumerate(["3333", "3333", "3334"]):
        refund = {"id": f"r{number}", "order_id": "1001", "currency": "KRW", "total": amount}
        sender.send("refund.created", {**refund, "updated_at": datetime.now(UTC).isoformat()})
        sender.work()
        left.append(points(cafe)[0][0])
    assert (left, balances(cafe)) == ([22, 11, 0], Counter())


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["refund", "order"])
def test_j_a_refund_before_its_order_ends_as_after_it(bikes: Merchant, first: str) -> None:
    in_force(bikes)
    shopify = Shopify(bikes)
    lines = json.loads(payload("shopify/refunds_create"))["refund_line_items"][:1]
    steps = {
        "refund": lambda: shopify.deliver("refunds/create", changed("shopify/refunds_create", refund_line_items=lines)),
        "order": lambda: shopify.deliver("orders/paid", paid()),
    }
    for step in (first, *steps.keys() - {first}):
        assert steps[step]().status_code == 202
        shopify.work()
    with tenant_context(bikes):
        assert Order.objects.get().refunded == 8_999
    assert points(bikes) == [((40_495 - 8_999) // 100, "earned")]
