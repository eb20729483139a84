"""Square: its signature over the address, payments without an announced order, refunds."""

from __future__ import annotations

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.models import Order
from storefront.connectors.interface import Ignored, NotUnderstood, Origin
from storefront.connectors.square.orders import order
from storefront.connectors.square.reading import read
from tenants.models import Merchant
from tests.customers.people import NOON
from tests.storefront.senders import Square

ORIGIN = Origin("st_1", "GB", "GBP", NOON)
MADE, DONE = "2026-11-20T02:00:00.000Z", "2026-11-20T02:00:05.123Z"


def payment(**fields: Any) -> dict[str, Any]:
    return {
        "id": "pay1", "created_at": MADE, "updated_at": DONE, "status": "COMPLETED", "order_id": "ord1",
        "amount_money": {"amount": 1200, "currency": "GBP"}, "tip_money": {"amount": 100, "currency": "GBP"},
        "total_money": {"amount": 1300, "currency": "GBP"}, "receipt_number": "R7", "customer_id": "cus1",
        "buyer_email_address": "a@example.com", "version": 1, **fields,
    }  # fmt: skip


def refund(**fields: Any) -> dict[str, Any]:
    return {
        "id": "ref1", "payment_id": "pay1", "order_id": "ord1", "status": "COMPLETED", "created_at": DONE,
        "updated_at": DONE, "amount_money": {"amount": 500, "currency": "GBP"}, "reason": "cold", **fields,
    }  # fmt: skip


@pytest.fixture
def square(bikes: Merchant) -> Square:
    return Square(bikes)


@pytest.mark.django_db
def test_it_is_signed_over_the_address_as_it_was_entered_there(square: Square, bikes: Merchant) -> None:
    own = "https://shop.example/behind/a/proxy"
    assert square.deliver("payment.updated", {"payment": payment()}).status_code == 202
    assert square.deliver("payment.updated", {"payment": payment()}, url=own).status_code == 401
    with tenant_context(bikes):
        square.store.settings["hook_url"] = own
        square.store.save()
    assert square.deliver("payment.updated", {"payment": payment()}, url=own, event_id="e2").status_code == 202


@pytest.mark.django_db
def test_a_host_of_the_senders_choice_changes_nothing(square: Square) -> None:
    square.client.defaults["HTTP_X_FORWARDED_HOST"] = "evil.example"
    url = f"https://evil.example{square.path}"
    assert square.deliver("payment.updated", {"payment": payment()}, url=url).status_code == 401


@pytest.mark.django_db
def test_a_payment_without_an_announced_order_is_an_order(square: Square) -> None:
    square.deliver("payment.updated", {"payment": payment()})
    square.work()
    found = square.order("ord1")
    assert (found.state, found.total, found.subtotal, found.number) == ("paid", 1_200, 1_200, "R7")
    assert (square.last().state, square.last().subject) == ("done", "ord1")


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["created", "updated"])
def test_the_states_of_a_payment_may_come_in_any_order(square: Square, first: str) -> None:
    told = {"created": payment(status="APPROVED", updated_at=MADE), "updated": payment()}
    for kind in (first, *(kind for kind in told if kind != first)):
        square.deliver(f"payment.{kind}", {"payment": told[kind]})
        square.work()
    assert square.order().state == "paid"


@pytest.mark.django_db
@pytest.mark.parametrize("order_id", ["ord1", None])
def test_a_refund_finds_its_order_with_and_without_one(square: Square, order_id: str | None) -> None:
    square.deliver("refund.updated", {"refund": refund(order_id=order_id)})
    square.deliver("payment.updated", {"payment": payment(order_id=order_id)})
    square.work()
    assert square.order().refunded == 500


@pytest.mark.django_db
def test_an_order_event_is_thin_and_wants_the_order(square: Square) -> None:
    square.deliver("order.updated", {"order_updated": {"order_id": "ord1", "version": 3, "state": "OPEN"}})
    square.work()
    assert (square.last().subject, square.last().reason) == ("ord1", "No key for the shop's API was entered.")


@pytest.mark.django_db
def test_a_customer_of_the_till_is_brought_in(square: Square, bikes: Merchant) -> None:
    told = {"id": "cus1", "given_name": "Ann", "created_at": MADE, "updated_at": DONE, "birthday": "0000-05-05"}
    square.deliver("customer.created", {"customer": told})
    square.deliver("payment.updated", {"payment": payment()})
    square.work()
    with tenant_context(bikes):
        assert Order.objects.select_related("customer").get().customer.name == "Ann"  # type: ignore[union-attr]


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────


def told(kind: str, **object_: Any) -> Any:
    return read(kind, {"data": {"object": object_}}, ORIGIN)


@pytest.mark.parametrize(
    ("status", "state"),
    [("APPROVED", "pending"), ("PENDING", "pending"), ("COMPLETED", "paid"), ("CANCELED", "cancelled"),
     ("FAILED", "cancelled")],
)  # fmt: skip
def test_how_far_a_payment_has_come(status: str, state: str) -> None:
    assert told("payment.updated", payment=payment(status=status)).orders[0].state == state


def test_a_refund_that_failed_did_not_happen() -> None:
    assert told("refund.updated", refund=refund(status="FAILED")).refunds[0].cancelled
    with pytest.raises(Ignored, match="not done yet"):
        told("refund.created", refund=refund(status="PENDING"))


@pytest.mark.parametrize("kind", ["payment.updated", "refund.updated", "customer.updated", "order.created"])
@pytest.mark.parametrize(
    "document", [[], {}, {"data": []}, {"data": {"object": {"payment": {"id": 1.5}}}}, {"data": {}}]
)
def test_a_body_of_another_shape_is_not_understood(kind: str, document: Any) -> None:
    with pytest.raises((NotUnderstood, Ignored)):
        read(kind, document, ORIGIN)


def whole(**fields: Any) -> dict[str, Any]:
    money = {
        name: {"amount": amount, "currency": "GBP"}
        for name, amount in {
            "total_money": 1_540,
            "total_tip_money": 100,
            "total_tax_money": 240,
            "total_discount_money": 60,
        }.items()
    }
    return {
        "id": "ord1", "state": "COMPLETED", "created_at": MADE, "updated_at": MADE, "customer_id": "cus1", **money,
        "taxes": [{"type": "ADDITIVE", "applied_money": {"amount": 240, "currency": "GBP"}}],
        "line_items": [{"uid": "l1", "name": "Tea", "quantity": "1.5", "item_type": "ITEM",
                        "base_price_money": {"amount": 800, "currency": "GBP"},
                        "total_money": {"amount": 1_440, "currency": "GBP"},
                        "total_tax_money": {"amount": 240, "currency": "GBP"}}],
        **fields,
    }  # fmt: skip


def test_a_whole_order_is_read_without_its_tip_and_outweighs_its_payment() -> None:
    paid = payment(total_money={"amount": 1_540, "currency": "GBP"})
    found = order(whole(), [paid], [refund()], ORIGIN)
    assert (found.state, found.total, found.tax, found.subtotal, found.discount) == ("paid", 1_440, 240, 1_200, 60)
    assert [refund.total for refund in found.refunds] == [500]
    assert found.version > told("payment.updated", payment=paid).orders[0].version


def test_an_order_is_paid_once_its_payments_make_up_the_total() -> None:
    half = payment(total_money={"amount": 770, "currency": "GBP"})
    assert order(whole(), [half], [], ORIGIN).state == "pending"
    assert order(whole(), [half, half], [], ORIGIN).state == "paid"
    assert order(whole(state="CANCELED"), [], [], ORIGIN).state == "cancelled"
