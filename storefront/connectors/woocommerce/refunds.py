"""What WooCommerce says was given back: exactly in documents of their own, or only as totals inside the order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.snapshots import RefundedLine, RefundSnapshot
from storefront.connectors.amounts import exact, minor
from storefront.connectors.fields import id_text, text
from storefront.connectors.woocommerce.times import time


@dataclass(frozen=True, slots=True)
class Sold:
    """What refunds are taken from: an order's amounts in minor units."""

    source: str
    order_id: str
    currency: str
    tax_included: bool
    placed_at: datetime
    updated_at: datetime
    subtotal: int
    shipping: int
    tax: int


def by_documents(documents: Sequence[dict[str, Any]], sold: Sold) -> Iterator[RefundSnapshot]:
    """Refunds as /orders/<id>/refunds tells them. A part of the amount that stands on no line is taken for goods."""
    for document in documents:
        at, total = time(document, "date_created"), minor(document["amount"], sold.currency)
        shipping = _sum(document.get("shipping_lines"), sold)
        tax = 0 if sold.tax_included else _taxes(document, sold.currency)
        yield RefundSnapshot(
            source=sold.source,
            order_external_id=sold.order_id,
            external_id=id_text(document["id"]),
            currency=sold.currency,
            updated_at=at,
            at=at,
            total=total,
            subtotal=total - shipping - tax,
            shipping=shipping,
            tax=tax,
            embedded=True,
            reason=text(document.get("reason"), 300),
            lines=tuple(_lines(document.get("line_items") or [], sold)),
        )


def by_totals(stated: Sequence[dict[str, Any]], sold: Sold) -> Iterator[RefundSnapshot]:
    """Refunds as an order names them: by their totals. Goods are taken to come back first, then shipping, then tax.

    Their version is that of the order's placing, so that the document of the refund always outweighs it.
    """
    goods, shipping = sold.subtotal, sold.shipping
    for named in sorted(stated, key=lambda refund: int(refund["id"])):
        total = -minor(named["total"], sold.currency)
        from_goods = min(total, goods)
        from_shipping = min(total - from_goods, shipping)
        goods, shipping = goods - from_goods, shipping - from_shipping
        yield RefundSnapshot(
            source=sold.source,
            order_external_id=sold.order_id,
            external_id=id_text(named["id"]),
            currency=sold.currency,
            updated_at=sold.placed_at,
            at=sold.updated_at,
            total=total,
            subtotal=from_goods,
            shipping=from_shipping,
            tax=total - from_goods - from_shipping,
            reason=text(named.get("reason") or named.get("refund"), 300),
        )


def _lines(lines: Sequence[dict[str, Any]], sold: Sold) -> Iterator[RefundedLine]:
    """Quantities and amounts are negative there; which line of the order it was stands in the meta data."""
    for line in lines:
        amount = exact(line.get("total")) + (exact(line.get("total_tax")) if sold.tax_included else 0)
        yield RefundedLine(_refunded_line(line), abs(int(line.get("quantity") or 0)), -minor(amount, sold.currency))


def _refunded_line(line: dict[str, Any]) -> str:
    meta = {entry.get("key"): entry.get("value") for entry in line.get("meta_data") or []}
    return id_text(meta.get("_refunded_item_id")) or id_text(line.get("id"))


def _sum(lines: Sequence[dict[str, Any]] | None, sold: Sold) -> int:
    """Lines together, as a positive number."""
    amount = sum((exact(line.get("total")) for line in lines or []), Decimal(0))
    if sold.tax_included:
        amount += sum((exact(line.get("total_tax")) for line in lines or []), Decimal(0))
    return -minor(amount, sold.currency)


def _taxes(document: dict[str, Any], currency: str) -> int:
    lines = [line for kind in ("line_items", "shipping_lines", "fee_lines") for line in document.get(kind) or []]
    return -minor(sum((exact(line.get("total_tax")) for line in lines), Decimal(0)), currency)
