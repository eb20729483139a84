"""Shopify's orders, refunds and customers turned into snapshots. Amounts are in the shop's currency, not the buyer's.

Sources: shopify.dev, Admin REST resources Order, Refund, Customer; samples in tests/payloads/shopify.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import InvalidOperation
from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import (
    ConsentSnapshot,
    CustomerSnapshot,
    LineSnapshot,
    OrderSnapshot,
    RefundedLine,
    RefundSnapshot,
)
from storefront.connectors.amounts import minor
from storefront.connectors.fields import EARLIEST, known_id, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.connectors.shopify.people import erasure, merge
from storefront.documents import Problem

PAID = frozenset({"paid", "partially_refunded", "refunded"})
# Understood, and nothing to do; why, for the merchant.
UNUSED = {
    "customers/delete": gettext_noop(
        "The account was deleted at the store. The customer and their points stay here until you erase them."
    ),
    "app/uninstalled": gettext_noop(
        "The app was removed from the shop: nothing more will come until it is installed again."
    ),
}


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """The snapshot in a webhook's body. Raises NotUnderstood, or Ignored for a topic that brings nothing new."""
    if topic not in READERS:
        raise Ignored(UNUSED.get(topic, gettext_noop("Deliveries on this topic are not used.")))
    try:
        return READERS[topic](document, origin)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation) as error:
        raise NotUnderstood([Problem("", f"is not what Shopify documents: {type(error).__name__} {error}")]) from error


def order(data: dict[str, Any], origin: Origin) -> OrderSnapshot:
    """An order as first sold; what was given back stands in its refunds."""
    currency = data["currency"]
    updated_at = _time(data["updated_at"])
    lines = tuple(_line(line, currency) for line in data.get("line_items") or [])
    included = bool(data.get("taxes_included"))
    return OrderSnapshot(
        source=origin.source,
        external_id=str(data["id"]),
        number=text(data.get("name"), 60),
        state=_state(data),
        test=bool(data.get("test")),
        currency=currency,
        placed_at=_time(data.get("processed_at") or data["created_at"]),
        cancelled_at=_time(data["cancelled_at"]) if data.get("cancelled_at") else None,
        fulfilled_at=_sent_off(data),
        delivered_at=_delivered(data),
        updated_at=updated_at,
        subtotal=minor(data["subtotal_price"], currency),
        discount=minor(data.get("total_discounts"), currency),
        shipping=minor(_shop_money(data.get("total_shipping_price_set")), currency),
        tax=0 if included else minor(data.get("total_tax"), currency),
        total=minor(data["total_price"], currency),
        gift_card=sum(line.total for line in lines if line.gift_card),
        codes={
            text(used["code"], 100): minor(used.get("amount"), currency) for used in data.get("discount_codes") or []
        },
        lines=lines,
        refunds=tuple(
            _refund(refund, data["id"], currency, included, origin, embedded=True)
            for refund in data.get("refunds") or []
        ),
        buyer=_buyer(data, updated_at, origin),
    )


def refund_alone(data: dict[str, Any], origin: Origin) -> RefundSnapshot:
    """A refund that comes without its order: whether prices include tax is not known yet, and taken as no."""
    sets = [line.get("subtotal_set") for line in data.get("refund_line_items") or []]
    codes = [s["shop_money"]["currency_code"] for s in [*sets, data.get("total_duties_set")] if s]
    return _refund(data, data["order_id"], codes[0] if codes else origin.currency, False, origin, embedded=False)


def person(data: dict[str, Any], updated_at: datetime, origin: Origin, *, embedded: bool = False) -> CustomerSnapshot:
    """A customer, by itself or inside an order."""
    name = " ".join(filter(None, [data.get("first_name"), data.get("last_name")]))
    return CustomerSnapshot(
        source=origin.source,
        external_id=str(data["id"]),
        updated_at=updated_at,
        created_at=_time(data["created_at"]) if data.get("created_at") else None,
        name=text(name, 100),
        email=normalise_email(data.get("email") or ""),
        email_verified=bool(data.get("verified_email")),
        phone=normalise_phone(data.get("phone") or "", origin.country),
        consents=() if embedded else tuple(_consents(data)),
        embedded=embedded,
    )


def _state(data: dict[str, Any]) -> str:
    if data.get("cancelled_at") or data.get("financial_status") == "voided":
        return "cancelled"
    return "paid" if data.get("financial_status") in PAID else "pending"


def _parcels(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [parcel for parcel in data.get("fulfillments") or [] if parcel.get("status") == "success"]


def _sent_off(data: dict[str, Any]) -> datetime | None:
    """When the last parcel of an order that is fulfilled altogether was sent off."""
    if data.get("fulfillment_status") != "fulfilled":
        return None
    return max((_time(parcel["created_at"]) for parcel in _parcels(data)), default=None)


def _delivered(data: dict[str, Any]) -> datetime | None:
    """When the carrier told of the last parcel that it arrived; only once that is told of all of them."""
    parcels = _parcels(data)
    if _sent_off(data) is None or any(parcel.get("shipment_status") != "delivered" for parcel in parcels):
        return None
    return max(_time(parcel["updated_at"]) for parcel in parcels)


def _buyer(data: dict[str, Any], updated_at: datetime, origin: Origin) -> CustomerSnapshot:
    customer = data.get("customer") or {}
    if customer.get("id"):
        return person(customer, updated_at, origin, embedded=True)
    return CustomerSnapshot(
        source=origin.source,
        updated_at=updated_at,
        name=text((data.get("billing_address") or {}).get("name"), 100),
        email=normalise_email(data.get("email") or data.get("contact_email") or ""),
        phone=normalise_phone(data.get("phone") or "", origin.country),
        embedded=True,
    )


def _line(data: dict[str, Any], currency: str) -> LineSnapshot:
    price, quantity = minor(data["price"], currency), int(data["quantity"])
    discount = sum(minor(d["amount"], currency) for d in data.get("discount_allocations") or [])
    return LineSnapshot(
        external_id=str(data["id"]),
        name=text(data.get("name") or data.get("title"), 300),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        total=price * quantity - discount,
        product_id=str(data.get("product_id") or ""),
        sku=text(data.get("sku"), 100),
        gift_card=bool(data.get("gift_card")),
    )


def _refund(
    data: dict[str, Any], order_id: int, currency: str, tax_included: bool, origin: Origin, *, embedded: bool
) -> RefundSnapshot:
    goods, shipping, tax = _given_back(data, currency)
    tax = 0 if tax_included else tax
    return RefundSnapshot(
        source=origin.source,
        order_external_id=str(order_id),
        external_id=str(data["id"]),
        currency=currency,
        updated_at=_time(data["created_at"]),
        at=_time(data.get("processed_at") or data["created_at"]),
        total=goods + shipping + tax,
        subtotal=goods,
        shipping=shipping,
        tax=tax,
        embedded=embedded,
        reason=text(data.get("note"), 300),
        lines=tuple(
            RefundedLine(str(line["line_item_id"]), int(line["quantity"]), minor(line["subtotal"], currency))
            for line in data.get("refund_line_items") or []
        ),
    )


def _given_back(data: dict[str, Any], currency: str) -> tuple[int, int, int]:
    """Goods, shipping and tax of a refund. Lines and adjustments decide, not transactions: these need not agree with
    them, nor come at the same time.
    """
    lines, shipped = data.get("refund_line_items") or [], data.get("refund_shipping_lines") or []
    goods = sum(minor(line["subtotal"], currency) for line in lines)
    tax = sum(minor(line.get("total_tax"), currency) for line in lines)
    shipping = sum(minor(_shop_money(line.get("subtotal_amount_set")), currency) for line in shipped)
    for adjustment in data.get("order_adjustments") or []:  # negative amounts are money given back
        amount = -minor(adjustment["amount"], currency)
        if adjustment.get("kind") != "shipping_refund":
            goods += amount
        elif not shipped:
            shipping += amount
        tax -= minor(adjustment.get("tax_amount"), currency)
    return goods, shipping, tax


def _consents(data: dict[str, Any]) -> list[ConsentSnapshot]:
    """Marketing by e-mail and by text message, as far as the customer has decided on it."""
    found = []
    for channel, field in (("email", "email_marketing_consent"), ("sms", "sms_marketing_consent")):
        consent = data.get(field)
        if consent and consent.get("consent_updated_at"):
            granted = consent.get("state") == "subscribed"
            found.append(ConsentSnapshot(channel, "advertising", granted, _time(consent["consent_updated_at"])))
    return found


def _shop_money(money_set: dict[str, Any] | None) -> Any:
    return money_set["shop_money"]["amount"] if money_set else None


def _time(stated: str) -> datetime:
    moment = datetime.fromisoformat(stated).astimezone(UTC)
    if moment < EARLIEST:
        raise ValueError("a time before 1900")
    return moment


def _of_order(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(orders=(order(document, origin),))


def _of_refund(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(refunds=(refund_alone(document, origin),))


def _of_edit(document: Any, origin: Origin) -> Snapshots:
    """Which lines were changed, but no amounts: the order is read at the shop."""
    return Snapshots(wanted=(known_id(document["order_edit"]["order_id"]),))


def _of_deletion(document: Any, origin: Origin) -> Snapshots:
    """Nothing but the id: what there is of the order is read at the shop."""
    return Snapshots(wanted=(known_id(document["id"]),))


def _of_customer(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(customers=(person(document, _time(document["updated_at"]), origin),))


def _of_merging(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(merges=(merge(document, origin),))


def _of_request(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(erasures=(erasure(document, origin, only_report=True),))


def _of_farewell(document: Any, origin: Origin) -> Snapshots:
    """Two days after the app was removed. Of another shop than ours it is a mistake, or a trial."""
    if document["shop_domain"] != origin.settings.get("shop_domain"):
        raise Ignored(gettext_noop("This names another shop than the one that is connected here: nothing to do."))
    return Snapshots(shop_gone=True)


def _of_redaction(document: Any, origin: Origin) -> Snapshots:
    return Snapshots(erasures=(erasure(document, origin, only_report=False),))


READERS: dict[str, Callable[[Any, Origin], Snapshots]] = {
    "orders/create": _of_order,
    "orders/updated": _of_order,
    "orders/paid": _of_order,
    "orders/cancelled": _of_order,
    "orders/fulfilled": _of_order,
    "orders/partially_fulfilled": _of_order,
    "orders/edited": _of_edit,
    "orders/delete": _of_deletion,
    "refunds/create": _of_refund,
    "customers/create": _of_customer,
    "customers/update": _of_customer,
    "customers/enable": _of_customer,
    "customers/disable": _of_customer,
    "customers/merge": _of_merging,
    "customers/data_request": _of_request,
    "customers/redact": _of_redaction,
    "shop/redact": _of_farewell,
}
