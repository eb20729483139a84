"""Square's news: payments and refunds carry all that is needed, orders only their id.

Sources: square/connect-api-specification, events payment.*, refund.*, order.*, customer.*. Money is in minor units.
An order made at the till is not announced; its payment is. So the payment is taken for the order until the order itself
is read at the API, which outweighs it. Of an order paid in parts, without the API, the latest payment counts.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email
from customers.snapshots import CustomerSnapshot, OrderSnapshot, RefundSnapshot
from storefront.connectors.fields import id_text, known_id, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.connectors.square.orders import customer, money, order, refund, time
from storefront.documents import Problem

__all__ = ["customer", "order", "order_id", "read", "refund"]

PAYMENT_STATES = {
    "APPROVED": "pending",
    "PENDING": "pending",
    "COMPLETED": "paid",
    "CANCELED": "cancelled",
    "FAILED": "cancelled",
}


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """The snapshot in an event. Raises NotUnderstood, or Ignored for an event that brings nothing new."""
    try:
        return _snapshots(topic, document, origin)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = f"is not what Square documents: {type(error).__name__} {error}"
        raise NotUnderstood([Problem("", told)]) from error


def order_id(document: Any) -> str:
    """The order that the news is about, or the payment when it has no order, or the customer. Never raises."""
    try:
        data = document["data"]
        for told in data["object"].values():
            if found := id_text(told.get("order_id")) or id_text(told.get("payment_id")) or id_text(told.get("id")):
                return found
        return id_text(data.get("id"))
    except (KeyError, TypeError, AttributeError):
        return ""


def _snapshots(topic: str, document: dict[str, Any], origin: Origin) -> Snapshots:
    kind, _, _ = topic.partition(".")
    told = document["data"].get("object") or {}
    if topic in {"payment.created", "payment.updated"}:
        whole = id_text(told["payment"].get("order_id"))
        return Snapshots(orders=(by_payment(told["payment"], origin),), wanted=(whole,) if whole else ())
    if topic in {"refund.created", "refund.updated"}:
        return Snapshots(refunds=(_refund(told["refund"], origin),))
    if kind == "order" and (found := order_id(document)):
        return Snapshots(wanted=(found,))
    if topic in {"customer.created", "customer.updated"}:
        return Snapshots(customers=(customer(told["customer"], origin),))
    raise Ignored(gettext_noop("Events of this type are not used."))


def by_payment(payment: dict[str, Any], origin: Origin) -> OrderSnapshot:
    """A payment as the order it pays, without its tip. Raises KeyError, TypeError or ValueError for another shape.

    Its version is that of its beginning, so that the order itself outweighs it; of its own states the later wins.
    """
    amount, currency = money(payment["amount_money"])
    state = PAYMENT_STATES[payment["status"]]
    created_at, updated_at = time(payment["created_at"]), time(payment["updated_at"])
    return OrderSnapshot(
        source=origin.source,
        external_id=known_id(payment.get("order_id"), payment["id"]),
        number=text(payment.get("receipt_number"), 60),
        state=state,
        currency=currency,
        placed_at=created_at,
        paid_at=updated_at if state == "paid" else None,
        cancelled_at=updated_at if state == "cancelled" else None,
        updated_at=created_at,
        subtotal=amount,
        total=amount,
        buyer=_buyer(payment, origin),
    )


def _refund(document: dict[str, Any], origin: Origin) -> RefundSnapshot:
    if document["status"] == "PENDING":
        raise Ignored(gettext_noop("The refund is not done yet: its completion will be told as well."))
    return refund(document, origin)


def _buyer(payment: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """The customer of the shop's directory, else a guest by the address the receipt went to."""
    return CustomerSnapshot(
        source=origin.source,
        external_id=id_text(payment.get("customer_id")),
        updated_at=time(payment["updated_at"]),
        email=normalise_email(payment.get("buyer_email_address") or ""),
        embedded=True,
    )
