"""What storefronts tell of parcels, discount codes and product groups: earning rules and waits ask for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from customers.snapshots import OrderSnapshot
from storefront.connectors.cafe24.orders import order as cafe24_order
from storefront.connectors.generic import reading as generic
from storefront.connectors.interface import NotUnderstood, Origin
from storefront.connectors.shopify.reading import order as shopify_order
from storefront.connectors.square.orders import order as square_order
from storefront.connectors.woocommerce.reading import order as woocommerce_order
from storefront.documents import parse
from tests.customers.people import NOON

ORIGIN = Origin("st_1", "KR", "KRW", NOON)
PAYLOADS = Path(__file__).parent.parent / "payloads"
SENT, CAME = datetime(2026, 11, 21, 1, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC)


def sample(name: str, **fields: Any) -> Any:
    """A real document with some fields changed."""
    return parse(json.dumps({**json.loads((PAYLOADS / name).read_bytes()), **fields}).encode())


def parcel(**fields: Any) -> dict[str, Any]:
    plain = {"status": "success", "created_at": SENT.isoformat(), "updated_at": CAME.isoformat()}
    return {**plain, "shipment_status": "delivered", **fields}


def shopify(status: str | None, *parcels: dict[str, Any], **fields: Any) -> OrderSnapshot:
    body = sample("shopify/orders_paid.json", fulfillment_status=status, fulfillments=list(parcels), **fields)
    return shopify_order(body, ORIGIN)


def test_shopify_tells_when_parcels_were_sent_and_came() -> None:
    told = shopify("fulfilled", parcel(), parcel(status="cancelled", shipment_status=None))
    assert (told.fulfilled_at, told.delivered_at) == (SENT, CAME)


def test_shopifys_order_is_delivered_when_all_parcels_are() -> None:
    told = shopify("fulfilled", parcel(), parcel(shipment_status="in_transit"))
    assert (told.fulfilled_at, told.delivered_at) == (SENT, None)


@pytest.mark.parametrize("status", [None, "partial"])
def test_a_part_of_shopifys_order_is_not_the_order(status: str | None) -> None:
    told = shopify(status, parcel())
    assert (told.fulfilled_at, told.delivered_at) == (None, None)


def test_shopify_tells_the_codes_and_what_they_took_off() -> None:
    codes = [{"code": "R0123", "amount": "5.00", "type": "fixed_amount"}]
    told = shopify(None, currency="GBP", discount_codes=codes)
    assert told.codes == {"R0123": 500}


def test_woocommerce_completes_what_it_has_sent() -> None:
    told = woocommerce_order(sample("woocommerce/order_completed.json"), ORIGIN)
    assert told.fulfilled_at == datetime(2017, 3, 22, 19, 30, 35, tzinfo=UTC)


@pytest.mark.parametrize(("included", "amount"), [(True, 550), (False, 500)])
def test_woocommerce_tells_the_coupons_and_what_they_took_off(included: bool, amount: int) -> None:
    coupons = [{"id": 1, "code": "r0123", "discount": "5.00", "discount_tax": "0.50"}]
    body = sample("woocommerce/order_processing.json", coupon_lines=coupons, prices_include_tax=included)
    told = woocommerce_order(body, ORIGIN)
    assert (told.codes, told.fulfilled_at) == ({"r0123": amount}, None)


def cafe24(*items: dict[str, Any]) -> OrderSnapshot:
    amounts = {"order_price_amount": "1000"}
    piece = {"order_item_code": "1", "quantity": 1, "product_price": "1000", "product_no": 5, "claim_code": None}
    document = {
        "order_id": "20261120-0000001", "currency": "KRW", "actual_order_amount": amounts, "paid": "T",
        "order_date": "2026-11-20T12:00:00+09:00", "items": [{**piece, **item} for item in items],
    }  # fmt: skip
    return cafe24_order(document, ORIGIN)


def test_cafe24_tells_each_step_of_each_item() -> None:
    steps = {"shipped_date": SENT.isoformat(), "delivered_date": CAME.isoformat()}
    told = cafe24(steps, {**steps, "purchaseconfirmation_date": CAME.isoformat()})
    assert (told.fulfilled_at, told.delivered_at, told.confirmed_at) == (SENT, CAME, None)


def test_what_was_sent_back_to_cafe24_is_not_waited_for() -> None:
    confirmed = {"purchaseconfirmation_date": CAME.isoformat()}
    assert cafe24(confirmed, {"claim_code": "C1"}).confirmed_at == CAME


def test_squares_order_is_handed_over_when_it_is_closed() -> None:
    document = {
        "id": "o", "state": "COMPLETED", "created_at": SENT.isoformat(), "updated_at": CAME.isoformat(),
        "closed_at": CAME.isoformat(), "total_money": {"amount": 5, "currency": "GBP"},
    }  # fmt: skip
    told = square_order(document, [], [], ORIGIN)
    assert (told.fulfilled_at, told.delivered_at) == (CAME, CAME)
    assert square_order({**document, "state": "OPEN"}, [], [], ORIGIN).fulfilled_at is None


def own(**fields: Any) -> OrderSnapshot:
    """One of our own documents, as any program sends it."""
    order = {
        "id": "1", "status": "paid", "currency": "KRW", "placed_at": NOON.isoformat(), "updated_at": NOON.isoformat(),
        "total": "1000", "lines": [{"id": "l1", "name": "Beans", "quantity": 1, "total": "1000", "tags": ["new"],
        "collections": ["beans"]}], **fields,
    }  # fmt: skip
    origin = Origin("st_1", "KR", "KRW", CAME)
    return generic.read("order.paid", parse(json.dumps({"type": "order.paid", "data": order}).encode()), origin).orders[
        0
    ]


def test_any_program_tells_the_steps_the_codes_and_the_groups() -> None:
    codes = [{"code": "R0123", "amount": "500"}, {"code": "SPRING"}]
    told = own(codes=codes, fulfilled_at=SENT.isoformat(), delivered_at=SENT.isoformat(), confirmed_at=CAME.isoformat())
    assert (told.fulfilled_at, told.delivered_at, told.confirmed_at) == (SENT, SENT, CAME)
    assert told.codes == {"R0123": 500, "SPRING": None}
    assert (told.lines[0].collections, told.lines[0].tags) == (("beans",), ("new",))


def test_an_amount_that_the_currency_cannot_have_is_a_mistake() -> None:
    with pytest.raises(NotUnderstood) as wrong:
        own(codes=[{"code": "R", "amount": "0.5"}])
    assert wrong.value.problems[0][0] == "/data/codes/0/amount"
