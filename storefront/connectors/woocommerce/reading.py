"""WooCommerce's orders and customers turned into snapshots.

Sources: WooCommerce REST API v3; samples in tests/payloads/woocommerce. Amounts of lines are without tax, whatever
`prices_include_tax` says; where the shop's prices include tax, ours do as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot
from storefront.connectors.amounts import exact, minor
from storefront.connectors.fields import id_text, known_id, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.connectors.woocommerce.refunds import Sold, by_documents, by_totals
from storefront.connectors.woocommerce.times import time, time_or_none
from storefront.documents import Problem

ORDERS = frozenset({"order.created", "order.updated", "order.restored"})
CUSTOMERS = frozenset({"customer.created", "customer.updated"})
# A status that a plug-in adds counts as paid when there is a date of payment. "failed" may be tried again.
STATES = {
    **dict.fromkeys(["pending", "on-hold", "failed", "auto-draft", "checkout-draft"], "pending"),
    **dict.fromkeys(["processing", "completed", "refunded"], "paid"),
    **dict.fromkeys(["cancelled", "trash"], "cancelled"),
}


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """The snapshot in a webhook's body. Raises NotUnderstood, or Ignored for a topic that brings nothing new."""
    try:
        return _snapshots(topic, document, origin)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation) as error:
        told = f"is not what WooCommerce documents: {type(error).__name__} {error}"
        raise NotUnderstood([Problem("", told)]) from error


def _snapshots(topic: str, document: dict[str, Any], origin: Origin) -> Snapshots:
    if topic in ORDERS:
        # Refunds stand here with their totals only. They count at once; how they divide is read at the shop.
        wanted = (_id(document),) if document.get("refunds") else ()
        return Snapshots(orders=(order(document, origin),), wanted=wanted)
    if topic == "order.deleted":  # nothing but its id: in the bin or gone for good, the shop knows
        return Snapshots(wanted=(_id(document),))
    if topic in CUSTOMERS:
        return Snapshots(customers=(customer(document, origin),))
    if topic == "customer.deleted":
        raise Ignored(gettext_noop("The account was deleted at the store. The customer and their points stay here."))
    raise Ignored(gettext_noop("Deliveries on this topic are not used."))


def order(document: dict[str, Any], origin: Origin, refunds: Sequence[dict[str, Any]] | None = None) -> OrderSnapshot:
    """An order as first sold; what was given back stands in its refunds.

    `refunds` are the documents of /orders/<id>/refunds. Without them the totals that the order names are taken, which
    those documents outweigh whenever they come. Raises KeyError, TypeError, ValueError, AttributeError or
    InvalidOperation for another shape.
    """
    sold, state = _sold(document, origin), _state(document)
    given_back = by_totals(document.get("refunds") or [], sold) if refunds is None else by_documents(refunds, sold)
    return OrderSnapshot(
        source=origin.source,
        external_id=sold.order_id,
        number=id_text(document.get("number"), 60) or sold.order_id[:60],
        state=state,
        currency=sold.currency,
        placed_at=sold.placed_at,
        paid_at=time_or_none(document, "date_paid"),
        cancelled_at=sold.updated_at if state == "cancelled" else None,
        fulfilled_at=time_or_none(document, "date_completed"),  # "completed" is its word for sent off
        updated_at=sold.updated_at,
        subtotal=sold.subtotal,
        discount=minor(_amount(document, "discount_total", "discount_tax", sold.tax_included), sold.currency),
        shipping=sold.shipping,
        tax=sold.tax,
        total=sold.subtotal + sold.shipping + sold.tax,
        codes=_codes(document, sold),
        lines=tuple(_line(line, sold) for line in document.get("line_items") or []),
        refunds=tuple(given_back),
        buyer=_buyer(document, sold, origin),
    )


def customer(document: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """An account. Its addresses are as typed in: WooCommerce has seen no proof of them."""
    billing = document.get("billing") or {}
    return CustomerSnapshot(
        source=origin.source,
        external_id=_id(document),
        updated_at=time_or_none(document, "date_modified") or time(document, "date_created"),
        created_at=time_or_none(document, "date_created"),
        name=_name(document) or _name(billing),
        email=normalise_email(document.get("email") or billing.get("email") or ""),
        phone=normalise_phone(billing.get("phone") or "", billing.get("country") or origin.country),
    )


def _codes(document: dict[str, Any], sold: Sold) -> dict[str, int | None]:
    """Coupons used, and what each took off."""
    return {
        text(used["code"], 100): minor(_amount(used, "discount", "discount_tax", sold.tax_included), sold.currency)
        for used in document.get("coupon_lines") or []
    }


def _sold(document: dict[str, Any], origin: Origin) -> Sold:
    """The amounts. Goods are what is left of the total, fees included: so the parts always make up the whole."""
    currency, included = document["currency"], bool(document.get("prices_include_tax"))
    total = minor(document["total"], currency)
    tax = 0 if included else minor(document.get("total_tax"), currency)
    shipping = minor(_amount(document, "shipping_total", "shipping_tax", included), currency)
    placed_at = time(document, "date_created")
    return Sold(
        source=origin.source,
        order_id=_id(document),
        currency=currency,
        tax_included=included,
        placed_at=placed_at,
        updated_at=time_or_none(document, "date_modified") or placed_at,
        subtotal=total - shipping - tax,
        shipping=shipping,
        tax=tax,
    )


def _state(document: dict[str, Any]) -> str:
    paid = "paid" if document.get("date_paid_gmt") else "pending"
    return STATES.get(document["status"], paid)


def _buyer(document: dict[str, Any], sold: Sold, origin: Origin) -> CustomerSnapshot:
    """The account, or with `customer_id` 0 a guest, by what was typed in for the bill."""
    billing = document.get("billing") or {}
    account = id_text(document.get("customer_id"))
    return CustomerSnapshot(
        source=origin.source,
        external_id="" if account == "0" else account,
        updated_at=sold.updated_at,
        name=_name(billing),
        email=normalise_email(billing.get("email") or ""),
        phone=normalise_phone(billing.get("phone") or "", billing.get("country") or origin.country),
        embedded=True,
    )


def _line(line: dict[str, Any], sold: Sold) -> LineSnapshot:
    quantity = int(line["quantity"])
    before = _amount(line, "subtotal", "subtotal_tax", sold.tax_included)
    after = _amount(line, "total", "total_tax", sold.tax_included)
    return LineSnapshot(
        external_id=_id(line),
        name=text(unescape(line.get("name") or ""), 300),
        quantity=quantity,
        unit_price=minor(before / max(quantity, 1), sold.currency),
        discount=minor(before - after, sold.currency),
        total=minor(after, sold.currency),
        product_id=id_text(line.get("product_id")),
        sku=text(line.get("sku"), 100),
    )


def _amount(document: dict[str, Any], name: str, tax: str, with_tax: bool) -> Decimal:
    return exact(document.get(name)) + (exact(document.get(tax)) if with_tax else 0)


def _name(person: dict[str, Any]) -> str:
    return text(" ".join(filter(None, [person.get("first_name"), person.get("last_name")])), 100)


def _id(document: dict[str, Any]) -> str:
    return known_id(document["id"])
