"""Orders, refunds and customers as Square's API and its events tell them. Money is an integer of minor units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundSnapshot
from storefront.connectors.fields import EARLIEST, id_text, known_id, text
from storefront.connectors.interface import Origin


def order(
    document: dict[str, Any], payments: Sequence[dict[str, Any]], refunds: Sequence[dict[str, Any]], origin: Origin
) -> OrderSnapshot:
    """A whole order with what was paid and given back, without tips.

    Raises KeyError, TypeError, ValueError or AttributeError for another shape.
    """
    total, currency = money(document["total_money"])
    total -= _money_or_0(document, "total_tip_money")
    taxes = [tax for tax in document.get("taxes") or [] if tax.get("type") == "ADDITIVE"]
    tax = sum(_money_or_0(told, "applied_money") for told in taxes)
    state, lines = _state(document, payments), tuple(_lines(document))
    news = [document, *payments, *refunds]
    updated_at = max(time(told["updated_at"]) for told in news)
    return OrderSnapshot(
        source=origin.source,
        external_id=known_id(document["id"]),
        number=_number(document, payments),
        state=state,
        currency=currency,
        placed_at=time(document["created_at"]),
        paid_at=max((time(p["updated_at"]) for p in payments), default=updated_at) if state == "paid" else None,
        cancelled_at=updated_at if state == "cancelled" else None,
        fulfilled_at=_handed_over(document),
        delivered_at=_handed_over(document),
        updated_at=updated_at,
        subtotal=total - tax,
        discount=_money_or_0(document, "total_discount_money"),
        tax=tax,
        total=total,
        gift_card=sum(line.total for line in lines if line.gift_card),
        lines=lines,
        refunds=tuple(refund(told, origin) for told in refunds if told["status"] != "PENDING"),
        buyer=_buyer(document, payments, updated_at, origin),
    )


def refund(document: dict[str, Any], origin: Origin) -> RefundSnapshot:
    """A refund that is done, or failed. Square does not say how it divides into goods and tax: all counts as goods."""
    amount, currency = money(document["amount_money"])
    return RefundSnapshot(
        source=origin.source,
        order_external_id=known_id(document.get("order_id"), document["payment_id"]),
        external_id=known_id(document["id"]),
        currency=currency,
        updated_at=time(document["updated_at"]),
        at=time(document["created_at"]),
        total=amount,
        subtotal=amount,
        cancelled=document["status"] != "COMPLETED",
        reason=text(document.get("reason"), 300),
    )


def customer(document: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """A customer of the shop's directory; typed in by staff or at the till, so nothing is proven."""
    return CustomerSnapshot(
        source=origin.source,
        external_id=known_id(document["id"]),
        updated_at=time(document["updated_at"]),
        created_at=time(document["created_at"]) if document.get("created_at") else None,
        name=text(" ".join(filter(None, [document.get("given_name"), document.get("family_name")])), 100),
        email=normalise_email(document.get("email_address") or ""),
        phone=normalise_phone(document.get("phone_number") or "", origin.country),
        birthday=_birthday(document.get("birthday")),
    )


def money(told: dict[str, Any]) -> tuple[int, str]:
    """Amount and currency. Raises KeyError, TypeError or ValueError for another shape."""
    amount, currency = told["amount"], told["currency"]
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(currency, str):
        raise TypeError("money that is none")
    return amount, currency


def time(stated: str) -> datetime:
    """A time in UTC. Raises TypeError or ValueError for what is none."""
    moment = datetime.fromisoformat(stated).astimezone(UTC)
    if moment < EARLIEST:
        raise ValueError("a time before 1900")
    return moment


def _money_or_0(document: dict[str, Any], name: str) -> int:
    return money(document[name])[0] if document.get(name) else 0


def _state(document: dict[str, Any], payments: Sequence[dict[str, Any]]) -> str:
    """Paid once completed payments make up the total; an order that is completed without a payment cost nothing."""
    if document.get("state") == "CANCELED":
        return "cancelled"
    paid = sum(money(p["total_money"])[0] for p in payments if p["status"] == "COMPLETED")
    return (
        "paid"
        if paid >= money(document["total_money"])[0] and (paid or document.get("state") == "COMPLETED")
        else "pending"
    )


def _handed_over(document: dict[str, Any]) -> datetime | None:
    """When a completed order was closed: over the counter that is when the goods were handed over, and what is picked
    up or sent is closed when that is done. Square tells no more of a parcel.
    """
    done = document.get("state") == "COMPLETED" and document.get("closed_at")
    return time(document["closed_at"]) if done else None


def _number(document: dict[str, Any], payments: Sequence[dict[str, Any]]) -> str:
    receipts = [text(payment.get("receipt_number"), 60) for payment in payments]
    return next(filter(None, [*receipts, text(document.get("reference_id"), 60)]), "")


def _lines(document: dict[str, Any]) -> Sequence[LineSnapshot]:
    """Quantities are decimal text ("1.5"); a part of a piece counts as one."""
    return [
        LineSnapshot(
            external_id=id_text(line["uid"]),
            name=text(line.get("name"), 300),
            quantity=max(1, int(Decimal(line["quantity"]))),
            unit_price=_money_or_0(line, "base_price_money"),
            discount=_money_or_0(line, "total_discount_money"),
            total=_money_or_0(line, "total_money") - _money_or_0(line, "total_tax_money"),
            product_id=id_text(line.get("catalog_object_id")),
            gift_card=line.get("item_type") == "GIFT_CARD",
        )
        for line in document.get("line_items") or []
    ]


def _buyer(
    document: dict[str, Any], payments: Sequence[dict[str, Any]], updated_at: datetime, origin: Origin
) -> CustomerSnapshot:
    accounts = [id_text(told.get("customer_id")) for told in [document, *payments]]
    addresses = [payment.get("buyer_email_address") or "" for payment in payments]
    return CustomerSnapshot(
        source=origin.source,
        external_id=next(filter(None, accounts), ""),
        updated_at=updated_at,
        email=normalise_email(next(filter(None, addresses), "")),
        embedded=True,
    )


def _birthday(stated: Any) -> date | None:
    """A date; Square writes the year 0000 for one that is not known."""
    try:
        day = date.fromisoformat(str(stated or ""))
    except ValueError:
        return None
    return day if day >= EARLIEST.date() else None
