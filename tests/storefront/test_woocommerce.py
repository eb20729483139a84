"""WooCommerce: its own samples, its signature, and the traps in both."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.models import Customer
from storefront.connectors.interface import NotUnderstood, Origin, Snapshots
from storefront.connectors.woocommerce.reading import order, read
from storefront.documents import parse
from tenants.models import Merchant
from tests.customers.people import NOON
from tests.storefront.senders import WooCommerce, changed, payload

ORIGIN = Origin("st_1", "US", "USD", NOON)
ORDER = "woocommerce/order_processing"
REFUNDED = "woocommerce/order_723_refunded"


@pytest.fixture
def woo(bikes: Merchant) -> WooCommerce:
    return WooCommerce(bikes)


@pytest.mark.django_db
def test_an_order_is_kept_and_brought_in(woo: WooCommerce) -> None:
    assert woo.deliver("order.created", payload(ORDER)).status_code == 202
    woo.work()
    found = woo.order()
    assert (found.external_id, found.state, found.total, found.subtotal, found.shipping, found.tax) == (
        "727", "paid", 2_935, 1_800, 1_000, 135,
    )  # fmt: skip
    assert (found.buyer_external_id, found.guest_email) == ("", "john.doe@example.com")
    assert woo.last().state == "done"


@pytest.mark.django_db
def test_the_ping_is_answered_200_and_nothing_is_kept(woo: WooCommerce) -> None:
    assert woo.ping().status_code == 200
    assert woo.deliveries() == []


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"webhook_id=", b"webhook_id=3&x=1", b"webhook_id=x", b"\nwebhook_id=3", b"{}"])
def test_only_the_exact_ping_needs_no_signature(woo: WooCommerce, body: bytes) -> None:
    assert woo.ping(body).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "signs"), [("a &amp; b", "a & b"), ("&lt;&gt;&quot;&#039;", "<>\"'"), ("&eacute;", "&eacute;")]
)
def test_the_secret_is_used_as_wordpress_decodes_it(bikes: Merchant, typed: str, signs: str) -> None:
    woo = WooCommerce(bikes, secret=typed)
    woo.signs_with = signs
    assert woo.deliver("order.updated", payload(ORDER)).status_code == 202


@pytest.mark.django_db
def test_two_bodies_under_one_delivery_id_are_both_kept(woo: WooCommerce) -> None:
    answers = [
        woo.deliver("order.updated", payload(ORDER)).status_code,
        woo.deliver("order.updated", payload("woocommerce/order_completed")).status_code,
        woo.deliver("order.updated", payload(ORDER)).status_code,
    ]
    assert answers == [202, 202, 200]


@pytest.mark.django_db
def test_totals_of_refunds_count_at_once(woo: WooCommerce) -> None:
    woo.deliver("order.updated", payload(REFUNDED))
    woo.work()
    found = woo.order()
    assert (found.refunded, sorted(found.refunds)) == (1_900, ["724", "726"])
    assert (woo.last().state, woo.wanted()) == ("done", [])  # without a key for the API there is nothing to ask


@pytest.mark.django_db
def test_a_deleted_order_is_asked_for(woo: WooCommerce) -> None:
    woo.deliver("order.deleted", b'{"id": 727}')
    woo.work()
    assert (woo.last().subject, woo.last().reason) == ("727", "No key for the shop's API was entered.")


@pytest.mark.django_db
def test_a_customer_is_brought_in(woo: WooCommerce, bikes: Merchant) -> None:
    woo.deliver("customer.created", payload("woocommerce/customer"))
    woo.work()
    with tenant_context(bikes):
        assert Customer.objects.get().name == "John Doe"


@pytest.mark.django_db
@pytest.mark.parametrize("topic", ["customer.deleted", "product.updated", "action.x", ""])
def test_a_topic_that_is_not_used_is_kept_and_marked(woo: WooCommerce, topic: str) -> None:
    assert woo.deliver(topic, b'{"id": 1}').status_code == 202
    woo.work()
    assert (woo.last().state, bool(woo.last().reason)) == ("ignored", True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b"<html>", b"\xff", b'{"id": 1, "currency": 7}', b'{"id": null, "total": "x"}']
)
def test_a_body_of_another_shape_is_kept_and_given_up(woo: WooCommerce, body: bytes) -> None:
    assert woo.deliver("order.updated", body).status_code == 202
    woo.work()
    assert woo.last().state == "dead"


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────


def order_of(path: str = ORDER, refunds: Any = None, **fields: Any) -> Any:
    return order(parse(changed(path, **fields)), ORIGIN, refunds)


def told(path: str, topic: str = "order.updated") -> Snapshots:
    return read(topic, parse(payload(path)), ORIGIN)


@pytest.mark.parametrize(
    ("status", "paid", "state"),
    [("pending", None, "pending"), ("on-hold", None, "pending"), ("failed", None, "pending"),
     ("processing", None, "paid"), ("completed", "2017-03-22T19:28:08", "paid"), ("refunded", None, "paid"),
     ("cancelled", "2017-03-22T19:28:08", "cancelled"), ("trash", None, "cancelled"),
     ("packed-by-plugin", "2017-03-22T19:28:08", "paid"), ("packed-by-plugin", None, "pending")],
)  # fmt: skip
def test_how_far_an_order_has_come(status: str, paid: str | None, state: str) -> None:
    assert order_of(status=status, date_paid_gmt=paid).state == state


def test_times_without_a_zone_are_utc() -> None:
    assert order_of().placed_at.isoformat() == "2017-03-22T19:28:02+00:00"


def test_a_price_that_is_a_number_stays_exact() -> None:
    assert isinstance(parse(b'{"price": 9.99}')["price"], Decimal)
    assert [line.unit_price for line in order_of().lines] == [300, 1_200]


def test_where_prices_include_tax_so_do_ours() -> None:
    found = order_of(prices_include_tax=True, total="29.35")
    assert (found.tax, found.subtotal, [line.total for line in found.lines]) == (0, 1_935, [645, 1_290])


def test_a_whole_currency_gets_no_fractions() -> None:
    found = order_of(currency="KRW", total="2000.00", total_tax="181.8182", shipping_total="0", prices_include_tax=True)
    assert (found.total, found.subtotal, found.tax) == (2_000, 2_000, 0)


def test_the_later_document_wins() -> None:
    assert order_of("woocommerce/order_completed").version > order_of().version


def test_an_order_with_refunds_is_to_be_read_again() -> None:
    assert told(REFUNDED).wanted == ("723",)
    assert told(ORDER).wanted == ()


def test_totals_are_taken_for_goods_first() -> None:
    refunds = order_of(REFUNDED).refunds
    assert [(r.external_id, r.subtotal, r.shipping) for r in refunds] == [("724", 900, 0), ("726", 1_000, 0)]


def test_a_document_of_a_refund_outweighs_its_total() -> None:
    [by_total] = [r for r in order_of(REFUNDED).refunds if r.external_id == "726"]
    [exact] = order_of(REFUNDED, [json.loads(payload("woocommerce/order_refund"))]).refunds
    assert exact.version > by_total.version
    assert (exact.total, exact.subtotal) == (1_000, 1_000)


def test_a_document_of_a_refund_tells_lines_shipping_and_tax() -> None:
    document = {
        "id": 5, "date_created_gmt": "2017-03-21T20:07:11", "amount": "12.10", "reason": "broken",
        "line_items": [{"id": 9, "quantity": -1, "total": "-9.00", "total_tax": "-0.90",
                        "meta_data": [{"key": "_refunded_item_id", "value": "311"}]}],
        "shipping_lines": [{"id": 10, "total": "-2.00", "total_tax": "-0.20"}],
    }  # fmt: skip
    [refund] = order_of(REFUNDED, [document]).refunds
    assert (refund.total, refund.subtotal, refund.shipping, refund.tax) == (1_210, 900, 200, 110)
    assert [(line.line_id, line.quantity, line.amount) for line in refund.lines] == [("311", 1, 900)]


@pytest.mark.parametrize("topic", ["order.updated", "order.deleted", "customer.updated"])
def test_a_document_of_another_shape_is_not_understood(topic: str) -> None:
    with pytest.raises(NotUnderstood):
        read(topic, {"id": None}, ORIGIN)
