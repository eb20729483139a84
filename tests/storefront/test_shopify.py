"""Shopify: its own samples, both spellings of its headers, several secrets."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.models import Customer, Order
from staff.actors import SYSTEM
from storefront import inbox, stores
from storefront.connectors.interface import NotUnderstood, Origin
from storefront.connectors.shopify.reading import read
from storefront.documents import parse
from storefront.signatures import hmacs
from tenants.models import Merchant
from tests.customers.people import NOON
from tests.storefront.sending import Sender

PAYLOADS = Path(__file__).parent.parent / "payloads" / "shopify"
SECRET = "hush"
ORIGIN = Origin("st_1", "US", "USD", NOON)


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    """The sample with other values in some fields."""
    return json.dumps(json.loads(payload(name)) | fields).encode()


class Shopify(Sender):
    """Shopify, delivering to a shop."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant, kind="shopify", secret=SECRET)

    def deliver(
        self, topic: str, body: bytes, *, webhook_id: str = "w1", prefix: str = "X-", secret: str = SECRET
    ) -> Any:
        signature = base64.b64encode(hmacs.hmac_sha256(secret.encode(), body)).decode()
        named = {"Topic": topic, "Hmac-Sha256": signature, "Shop-Domain": "x.myshopify.com", "Webhook-Id": webhook_id}
        return self.post(body, {f"{prefix}Shopify-{name}": value for name, value in named.items()})

    def order(self) -> Order:
        with tenant_context(self.merchant):
            return Order.objects.select_related("customer", "earning").get()


@pytest.fixture
def shopify(bikes: Merchant) -> Shopify:
    return Shopify(bikes)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["X-", ""], ids=["webhooks", "events"])
def test_both_spellings_of_the_headers_are_read(shopify: Shopify, prefix: str) -> None:
    assert shopify.deliver("orders/paid", payload("orders_paid"), prefix=prefix).status_code == 202
    [delivery] = shopify.deliveries()
    assert (delivery.topic, delivery.subject) == ("orders/paid", "820982911946154500")


@pytest.mark.django_db
def test_a_wrong_signature_is_answered_401(shopify: Shopify) -> None:
    assert shopify.deliver("orders/paid", b"{}", secret="guess").status_code == 401


@pytest.mark.django_db
def test_an_old_and_a_new_secret_both_pass(shopify: Shopify, bikes: Merchant) -> None:
    with tenant_context(bikes):
        stores.rotate_secret(shopify.store, secret=" new\n", actor=SYSTEM, at=shopify.store.created_at)
    assert shopify.deliver("orders/paid", payload("orders_paid")).status_code == 202
    assert shopify.deliver("orders/create", payload("orders_create"), secret="new").status_code == 202


@pytest.mark.django_db
def test_rotating_needs_the_secret_that_shopify_made(shopify: Shopify, bikes: Merchant) -> None:
    with tenant_context(bikes), pytest.raises(stores.WrongSecret):
        stores.rotate_secret(shopify.store, actor=SYSTEM, at=NOON)


@pytest.mark.django_db
def test_odd_headers_do_no_harm(shopify: Shopify) -> None:
    body = payload("orders_paid")
    assert shopify.deliver("ord\x00ers/paid\xff" * 99, body, webhook_id="\x00\xfe" * 500).status_code == 202


@pytest.mark.django_db
def test_shopifys_sample_is_kept_and_earns_nothing(shopify: Shopify) -> None:
    assert shopify.deliver("orders/paid", payload("orders_paid")).status_code == 202
    shopify.work()
    order = shopify.order()
    assert (order.state, order.test, order.total, order.subtotal, order.shipping) == (
        "cancelled", True, 40_495, 40_495, 1_000,
    )  # fmt: skip
    assert (order.earning.posted, order.earning.outcome) == (0, "test")


@pytest.mark.django_db
def test_its_buyer_is_the_account_not_the_orders_address(shopify: Shopify) -> None:
    shopify.deliver("orders/paid", payload("orders_paid"))
    shopify.work()
    order = shopify.order()
    assert order.customer is not None
    assert (order.customer.name, order.customer.email) == ("John Smith", "john@example.com")
    assert order.buyer_external_id == "115310627314723950"


@pytest.mark.django_db
def test_a_retry_is_a_duplicate_and_another_topic_is_not(shopify: Shopify) -> None:
    answers = [
        shopify.deliver("orders/create", payload("orders_create")).status_code,
        shopify.deliver("orders/create", payload("orders_create")).status_code,
        shopify.deliver("orders/paid", payload("orders_paid")).status_code,
    ]
    assert answers == [202, 200, 202]


@pytest.mark.django_db
def test_of_a_refund_the_lines_decide_not_the_transactions(shopify: Shopify) -> None:
    shopify.deliver("refunds/create", payload("refunds_create"))
    shopify.work()
    order = shopify.order()
    [refund] = order.refunds.values()
    assert (order.refunded, refund["total"], len(refund["lines"])) == (41_495, 41_495, 5)
    assert (order.external_id, order.state) == ("820982911946154500", "unknown")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["customers_create", "customers_update"])
def test_a_customer_is_kept(shopify: Shopify, bikes: Merchant, name: str) -> None:
    shopify.deliver(name.replace("_", "/"), payload(name))
    shopify.work()
    with tenant_context(bikes):
        assert Customer.objects.get().email == "bob@biller.com"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["customers_merge", "shop_redact", "app_uninstalled", "carts_update"])
def test_a_topic_that_brings_nothing_is_kept_and_marked(shopify: Shopify, name: str) -> None:
    body = payload(name) if (PAYLOADS / f"{name}.json").exists() else b'{"id": 1}'
    assert shopify.deliver(name.replace("_", "/", 1), body).status_code == 202
    shopify.work()
    [delivery] = shopify.deliveries()
    assert delivery.state == "ignored"
    assert delivery.reason


@pytest.mark.django_db
def test_an_edited_order_is_read_at_the_shop(shopify: Shopify) -> None:
    shopify.deliver("orders/edited", payload("orders_edited"))
    shopify.work()
    [delivery] = shopify.deliveries()
    assert (delivery.subject, delivery.state) == ("820982911946154500", "dead")
    assert delivery.reason == "No key for the shop's API was entered."


def account_of(number: int, **fields: Any) -> bytes:
    return changed("customers_create", id=number, email=f"{number}@example.com", **fields)


@pytest.mark.django_db
def test_accounts_that_shopify_merged_become_one_customer(shopify: Shopify, bikes: Merchant) -> None:
    shopify.deliver("customers/create", account_of(1))
    shopify.deliver("customers/create", account_of(2))
    shopify.deliver("customers/merge", changed("customers_merge", status="completed", errors=[]))
    shopify.work()
    with tenant_context(bikes):
        left = Customer.objects.present().get()
        assert set(left.identities.filter(kind="store").values_list("value", flat=True)) == {"1", "2"}
    delivery = shopify.deliveries()[-1]
    assert (delivery.state, delivery.subject, delivery.customer_id) == ("done", "1", left.pk)


@pytest.mark.django_db
def test_a_person_who_wants_to_be_erased_is_erased_with_what_was_received(shopify: Shopify, bikes: Merchant) -> None:
    shopify.deliver("customers/create", account_of(191167, first_name="Bob", last_name="Biller"))
    shopify.work()
    shopify.deliver("customers/redact", payload("customers_redact"))
    shopify.work()
    with tenant_context(bikes):
        assert not Customer.objects.present().exists()
    assert [bytes(delivery.body) for delivery in shopify.deliveries()] == [b"", b""]


@pytest.mark.django_db
def test_when_the_app_was_removed_keys_and_what_was_received_go_and_customers_stay(
    shopify: Shopify, bikes: Merchant
) -> None:
    with tenant_context(bikes):
        shopify.store.settings["shop_domain"] = "regulars.myshopify.com"
        shopify.store.save()
    shopify.deliver("customers/create", account_of(1))
    shopify.deliver("shop/redact", changed("shop_redact", shop_domain="regulars.myshopify.com"))
    shopify.work()
    assert [bytes(delivery.body) for delivery in shopify.deliveries()] == [b"", b""]
    assert shopify.deliver("customers/create", account_of(2)).status_code == 410
    with tenant_context(bikes):
        assert Customer.objects.present().count() == 1
        assert not shopify.store.secrets.exists()


@pytest.mark.django_db
def test_an_erased_delivery_that_is_replayed_says_so(shopify: Shopify, bikes: Merchant) -> None:
    shopify.deliver("customers/redact", payload("customers_redact"))
    shopify.work()
    with tenant_context(bikes):
        inbox.replay(shopify.deliveries()[0], actor=SYSTEM, at=NOON)
    shopify.work()
    [delivery] = shopify.deliveries()
    assert (delivery.state, delivery.reason) == (
        "ignored", "What it said was erased, as the person or their store asked."
    )  # fmt: skip


@pytest.mark.django_db
def test_a_person_who_wants_to_know_stands_in_their_past(shopify: Shopify, bikes: Merchant) -> None:
    shopify.deliver("customers/create", account_of(191167))
    shopify.deliver("customers/data_request", payload("customers_data_request"))
    shopify.work()
    with tenant_context(bikes):
        customer = Customer.objects.get()
        assert customer.events.filter(kind="customer.data_requested").exists()
    assert shopify.deliveries()[-1].customer_id == customer.pk


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": 1, "currency": 7}', b'{"id": 1, "updated_at": "yesterday"}'])
def test_what_shopify_does_not_document_is_kept_and_given_up(shopify: Shopify, body: bytes) -> None:
    assert shopify.deliver("orders/updated", body).status_code == 202
    shopify.work()
    [delivery] = shopify.deliveries()
    assert (delivery.state, delivery.reason) == ("dead", "The document could not be understood.")
    assert delivery.errors[0]["message"].startswith("is not what Shopify documents")


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────


def order_of(**fields: Any) -> Any:
    body = changed("orders_paid", **{"test": False, "cancelled_at": None, "financial_status": "paid"} | fields)
    return read("orders/paid", parse(body), ORIGIN).orders[0]


@pytest.mark.parametrize(
    ("status", "state"),
    [("paid", "paid"), ("partially_refunded", "paid"), ("refunded", "paid"), ("pending", "pending"),
     ("authorized", "pending"), ("partially_paid", "pending"), ("voided", "cancelled")],
)  # fmt: skip
def test_how_far_an_order_has_come(status: str, state: str) -> None:
    assert order_of(financial_status=status).state == state


def test_tax_inside_prices_is_not_counted_again() -> None:
    assert order_of(taxes_included=True, total_tax="20.00").tax == 0
    assert order_of(taxes_included=False, total_tax="20.00").tax == 2_000


def test_an_order_without_customer_is_a_guests() -> None:
    buyer = order_of(customer=None).buyer
    assert (buyer.external_id, buyer.email, buyer.name) == ("", "jon@example.com", "Steve Shipper")


def test_a_gift_card_among_the_lines_is_told_apart() -> None:
    lines = json.loads(payload("orders_paid"))["line_items"]
    lines[0]["gift_card"] = True
    assert order_of(line_items=lines).gift_card == 8_999


def test_amounts_of_a_currency_without_decimals_are_right() -> None:
    assert order_of(currency="KRW", total_price="12000.00").total == 12_000


def refund_of(**fields: Any) -> Any:
    return read("refunds/create", parse(changed("refunds_create", **fields)), ORIGIN).refunds[0]


def test_a_refund_of_adjustments_alone() -> None:
    adjustments = [
        {"kind": "refund_discrepancy", "amount": "-20.00", "tax_amount": "-2.00"},
        {"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"},
    ]
    refund = refund_of(refund_line_items=[], order_adjustments=adjustments)
    assert (refund.subtotal, refund.shipping, refund.tax, refund.total) == (2_000, 500, 200, 2_700)


def test_shipping_that_stands_in_lines_of_its_own_is_not_counted_twice() -> None:
    lines = [{"subtotal_amount_set": {"shop_money": {"amount": "5.00", "currency_code": "USD"}}}]
    adjustments = [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"}]
    refund = refund_of(refund_line_items=[], refund_shipping_lines=lines, order_adjustments=adjustments)
    assert (refund.shipping, refund.total) == (500, 500)


def test_numbers_never_become_floats() -> None:
    document = parse(b'{"id": 9007199254740993, "amount": 0.1}')
    assert document == {"id": 9007199254740993, "amount": Decimal("0.1")}


def test_what_an_order_says_of_its_refund_weighs_more_than_the_refund_alone() -> None:
    alone = refund_of()
    inside = order_of(refunds=[json.loads(payload("refunds_create"))]).refunds[0]
    assert inside.version > alone.version


@pytest.mark.parametrize("topic", ["orders/paid", "refunds/create", "customers/update"])
def test_a_document_of_another_shape_is_not_understood(topic: str) -> None:
    with pytest.raises(NotUnderstood):
        read(topic, {"id": None}, ORIGIN)
