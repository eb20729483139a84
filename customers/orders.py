"""Orders and refunds as stores report them: state, not steps. Deliveries in any order and number end in the same row.

The greatest version of an order wins (snapshots.version_of). Refunds are kept by their ids, each with a version of its
own, also while their order has not been seen yet. What a product's collections and tags are is kept as first read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from config.copying import insert
from config.many import AnyOf
from customers.events import record
from customers.matching import Register, changes_of, take_turn
from customers.models import Order
from customers.snapshots import OrderSnapshot, ProductFacts, RefundSnapshot
from customers.tombstones import NO_BUYER

Key = tuple[str, str]  # source, external id
AMOUNTS = ["subtotal", "discount", "shipping", "tax", "total", "gift_card", "points_paid"]
TIMES = ["placed_at", "paid_at", "cancelled_at", "fulfilled_at", "delivered_at", "confirmed_at"]
STATED = [*AMOUNTS, "number", "state", "test", "currency", "codes", *TIMES]
BUYER = ["customer", "buyer_version", "buyer_external_id", "buyer_name", "guest_email", "guest_phone"]
WRITTEN = [*STATED, *BUYER, "lines", "refunds", "refunded", "version", "changed_in_store_at", "changed_at"]


def apply_orders(batch: Sequence[OrderSnapshot], *, at: datetime) -> list[Order]:
    """Bring the orders up to these snapshots, with their buyers and refunds. Call inside a transaction.

    Returns the order of each snapshot, once, by ascending id; records `order.changed` for those that changed.
    """
    take_turn()
    buyers = [s.buyer for s in batch if s.buyer]
    register = Register.of(buyers, at=at)
    for buyer in sorted(buyers, key=lambda b: b.version):
        register.enter(buyer)
    register.save()
    orders = _locked({(s.source, s.external_id) for s in batch}, at)
    changed = set()
    for snapshot in batch:
        order = orders[snapshot.source, snapshot.external_id]
        moved = _restate(order, snapshot, register)
        refunded = [_merge_refund(order, refund) for refund in snapshot.refunds]
        if moved or any(refunded):
            changed.add((order.source, order.external_id))
    return _finish(orders, changed, at)


def apply_refunds(batch: Sequence[RefundSnapshot], *, at: datetime) -> list[Order]:
    """Enter the refunds into their orders, known or not yet. As apply_orders otherwise."""
    take_turn()
    orders = _locked({(r.source, r.order_external_id) for r in batch}, at)
    changed = {
        (r.source, r.order_external_id) for r in batch if _merge_refund(orders[r.source, r.order_external_id], r)
    }
    return _finish(orders, changed, at)


def _locked(keys: set[Key], at: datetime) -> dict[Key, Order]:
    """The rows of these orders, locked in ascending id; new ones, not saved yet, for those not seen before."""
    found: list[Order] = []
    for source in {source for source, _ in keys}:
        ids = [external_id for of, external_id in keys if of == source]
        rows = Order.objects.filter(AnyOf("external_id", ids), source=source)
        # NO KEY: who holds a balance and writes a journal of this order must not wait for us, who want the balance.
        found += rows.order_by("id").select_for_update(of=("self",), no_key=True)
    orders = {(o.source, o.external_id): o for o in found}
    new = {
        (s, e): Order(source=s, external_id=e, created_at=at, changed_at=at) for s, e in keys if (s, e) not in orders
    }
    return orders | new


def _restate(order: Order, snapshot: OrderSnapshot, register: Register) -> bool:
    """Take over a newer snapshot. Tells whether anything was taken."""
    named = _name_buyer(order, snapshot, register)
    if snapshot.version <= order.version:
        return _tell_products(order, snapshot.products) or named
    for field in STATED:
        setattr(order, field, getattr(snapshot, field))
    order.version = snapshot.version
    order.changed_in_store_at = snapshot.updated_at
    order.lines = _lines(snapshot, known_products(order.lines))
    order.refunded = sum(refund["total"] for refund in counting_refunds(order))
    return True


def known_products(lines: Iterable[Mapping[str, Any]]) -> dict[str, ProductFacts]:
    """What is known of the products of these lines of an order, by product id."""
    told = [line for line in lines if line["product_id"] and "collections" in line]
    return {line["product_id"]: ProductFacts(tuple(line["collections"]), tuple(line.get("tags", ()))) for line in told}


def _lines(snapshot: OrderSnapshot, known: Mapping[str, ProductFacts]) -> list[dict[str, Any]]:
    """The lines as they are kept. Where the document tells nothing of the products, what was known first stays."""
    if not known and not snapshot.products:
        return [line.as_json() for line in snapshot.lines]
    told = {**snapshot.products, **known}
    return [
        {**line.as_json(), **told[line.product_id].as_json()}
        if line.collections is None and line.product_id in told
        else line.as_json()
        for line in snapshot.lines
    ]


def _tell_products(order: Order, products: Mapping[str, ProductFacts]) -> bool:
    """Take over what was read of products of which nothing was known, whatever version the order was read in."""
    told = [line for line in order.lines if line["product_id"] in products and "collections" not in line]
    for line in told:
        line.update(products[line["product_id"]].as_json())
    return bool(told)


def _name_buyer(order: Order, snapshot: OrderSnapshot, register: Register) -> bool:
    """Take over whom the newest snapshot that names a buyer names. Tells whether anything was taken.

    A newer snapshot may name nobody (stores redact people), so the buyer has a version of its own: whose points these
    are must not depend on which of the two arrived first.
    """
    buyer = snapshot.buyer
    if buyer is None or snapshot.version <= order.buyer_version:
        return False
    if register.was_erased(buyer):
        order.buyer_version = NO_BUYER
        return True
    order.buyer_version = snapshot.version
    order.buyer_external_id = buyer.external_id
    order.buyer_name = buyer.name
    order.guest_email, order.guest_phone = ("", "") if buyer.external_id else (buyer.email, buyer.phone)
    order.customer = register.customer_of(buyer)
    return True


def _merge_refund(order: Order, refund: RefundSnapshot) -> bool:
    """Take over a newer state of one refund. Tells whether anything was taken."""
    known = order.refunds.get(refund.external_id)
    if known and refund.version <= known["version"]:
        return False
    order.refunds[refund.external_id] = refund_as_json(refund)
    order.currency = order.currency or refund.currency
    order.refunded = sum(refund["total"] for refund in counting_refunds(order))
    return True


def counting_refunds(order: Order) -> list[dict[str, Any]]:
    """The refunds that took place, as in Order.refunds. One in another currency than the order's is a sender's mistake:
    it is kept and shown, but pence are not taken off won.
    """
    return [r for r in order.refunds.values() if not r["cancelled"] and r["currency"] == order.currency]


def refund_as_json(refund: RefundSnapshot) -> dict[str, Any]:
    """How a refund stands in Order.refunds: money in minor units, `at` in ISO 8601."""
    return {
        "version": refund.version,
        "at": refund.at.isoformat(),
        "currency": refund.currency,
        "total": refund.total,
        "subtotal": refund.subtotal,
        "shipping": refund.shipping,
        "tax": refund.tax,
        "cancelled": refund.cancelled,
        "reason": refund.reason,
        "lines": [asdict(line) for line in refund.lines],
    }


def _finish(orders: dict[Key, Order], changed: set[Key], at: datetime) -> list[Order]:
    """Write what changed and tell it."""
    written = [orders[key] for key in sorted(changed)]
    for order in written:
        order.changed_at = at
    _write(written)
    record(changes_of(sorted(written, key=lambda o: o.pk), at=at), at=at)
    return sorted((o for o in orders.values() if o.pk), key=lambda o: o.pk)


def _write(orders: Sequence[Order]) -> None:
    new, known = [o for o in orders if o.pk is None], [o for o in orders if o.pk is not None]
    insert(new)
    if known:  # one statement for all, where bulk_update would write a CASE for each field
        Order.objects.bulk_create(known, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN)
