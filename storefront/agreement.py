"""Whether an order of ours says what the store says, and what a repair would make of it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from customers.models import Order
from customers.orders import STATED, counting_refunds, known_products, refund_as_json
from customers.snapshots import LineSnapshot, OrderSnapshot, ProductFacts, RefundedLine, RefundSnapshot
from customers.tombstones import NO_BUYER

Differences = dict[str, list[Any]]  # field: [ours, theirs]

# What matters: whether and how much is earned, by whom, and what people see of the order.
COMPARED = ("state", "test", "currency", "subtotal", "shipping", "tax", "total", "gift_card", "points_paid")
TIMES = ("placed_at", "paid_at", "cancelled_at")
TICK = timedelta(microseconds=1)


def stated(snapshot: OrderSnapshot) -> dict[str, Any]:
    """The order as the store states it, as JSON: without its buyer, except for the id of the account."""
    fields = {name: getattr(snapshot, name) for name in STATED}
    times = {name: fields[name].isoformat() if fields[name] else None for name in TIMES}
    return {
        **fields,
        **times,
        "lines": [line.as_json() for line in snapshot.lines],
        "refunds": {refund.external_id: refund_as_json(refund) for refund in snapshot.refunds},
        "account": snapshot.buyer.external_id if snapshot.buyer else None,
    }


def order_then(order: Order | None, theirs: dict[str, Any]) -> Order:
    """The order as it would stand after a repair. Not saved, and not to be."""
    then = copy(order) if order else Order()
    # A difference may have been noted before a newer Dangol knew to ask for more: what it does not name stays.
    for name in STATED:
        setattr(then, name, theirs.get(name, getattr(then, name)))
    for name in TIMES:
        if name in theirs:
            setattr(then, name, datetime.fromisoformat(theirs[name]) if theirs[name] else None)
    then.lines, then.refunds = _with_known(theirs["lines"], known_products(then.lines)), theirs["refunds"]
    then.refunded = sum(refund["total"] for refund in counting_refunds(then))
    if theirs["account"] is not None and then.buyer_version != NO_BUYER:  # who was erased stays so
        then.buyer_external_id = theirs["account"]
    return then


def _with_known(lines: list[dict[str, Any]], known: Mapping[str, ProductFacts]) -> list[dict[str, Any]]:
    """The lines, with what we know of their products: a repair leaves that as it is."""
    return [{**line, **known[line["product_id"]].as_json()} if line["product_id"] in known else line for line in lines]


def differences(order: Order | None, theirs: dict[str, Any]) -> Differences:
    """What matters and is not the same on both sides; of an order that we do not have, all that is not empty."""
    has = _facts(order) if order and order.state != Order.State.UNKNOWN else {}
    would_have = _facts(order_then(order, theirs))
    return {
        name: [has.get(name), value]
        for name, value in would_have.items()
        if (has.get(name) != value if has else value not in ("", 0, False))
    }


def _facts(order: Order) -> dict[str, Any]:
    refunds = counting_refunds(order)
    return {
        **{name: getattr(order, name) for name in COMPARED},
        "refunded": sum(refund["total"] for refund in refunds),
        "refunded_goods": sum(refund["subtotal"] for refund in refunds),
        "account": order.buyer_external_id,
    }


def settled(order: Order | None, snapshot: OrderSnapshot) -> OrderSnapshot:
    """The snapshot, read at the store just now, as one that wins over what we have. Later news wins over it as ever."""
    if order is None:
        return snapshot
    if order.changed_in_store_at and snapshot.version < order.version:
        snapshot = replace(snapshot, updated_at=order.changed_in_store_at + TICK)
    told = {refund.external_id for refund in snapshot.refunds}
    unknown = [_undone(order, key, known) for key, known in order.refunds.items() if key not in told]
    kept = [_winning(refund, order.refunds.get(refund.external_id)) for refund in snapshot.refunds]
    return replace(snapshot, refunds=(*kept, *(refund for refund in unknown if refund)))


def _winning(refund: RefundSnapshot, known: dict[str, Any] | None) -> RefundSnapshot:
    if known is None or refund.version > known["version"] or _same(refund, known):
        return refund
    return replace(refund, updated_at=_time_of(known["version"]) + TICK)


def _same(refund: RefundSnapshot, known: dict[str, Any]) -> bool:
    return all(
        getattr(refund, name) == known[name]
        for name in ("total", "subtotal", "shipping", "tax", "cancelled", "currency")
    )


def _undone(order: Order, external_id: str, known: dict[str, Any]) -> RefundSnapshot | None:
    """A refund of ours that the store does not know: it did not happen."""
    if known["cancelled"]:
        return None
    amounts = {name: known[name] for name in ("currency", "total", "subtotal", "shipping", "tax", "reason")}
    return RefundSnapshot(
        source=order.source, order_external_id=order.external_id, external_id=external_id, cancelled=True,
        updated_at=_time_of(known["version"]) + TICK, at=datetime.fromisoformat(known["at"]),
        lines=tuple(RefundedLine(**line) for line in known["lines"]), **amounts,
    )  # fmt: skip


def _time_of(version: str) -> datetime:
    """The sender's time within a version: snapshots.version_of."""
    return datetime.fromisoformat(version.split("Z.", maxsplit=1)[0] + "+00:00")


def snapshot_of(order: Order, **changes: Any) -> OrderSnapshot:
    """Our order as a snapshot that wins over it, changed: for what a person decides about it. Refunds stay apart."""
    fields: dict[str, Any] = {name: getattr(order, name) for name in STATED}
    lines = tuple(LineSnapshot(**{**line, "collections": None, "tags": None}) for line in order.lines)
    updated_at = (order.changed_in_store_at or order.changed_at) + TICK
    told = {**fields, "lines": lines, "updated_at": updated_at, **changes}
    return OrderSnapshot(source=order.source, external_id=order.external_id, **told)
