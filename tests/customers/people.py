"""What stores tell, as connectors hand it over; made short for the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from customers.models import Order
from customers.snapshots import CustomerSnapshot, OrderSnapshot, RefundSnapshot

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def after(minutes: int) -> datetime:
    """So many minutes after noon in Seoul."""
    return NOON + timedelta(minutes=minutes)


def an_account(external_id: str = "7", **fields: Any) -> CustomerSnapshot:
    """Kim Minsu's account at the store; the store has not verified his address."""
    plain = CustomerSnapshot(
        source="st_1", updated_at=NOON, external_id=external_id, name="김민수", email="minsu@example.com"
    )
    return replace(plain, **fields)


def a_guest(**fields: Any) -> CustomerSnapshot:
    """Somebody without account who left an e-mail address."""
    return an_account("", **{"embedded": True, **fields})


def an_order(external_id: str = "1001", **fields: Any) -> OrderSnapshot:
    """A paid order of 12,000 won by Kim Minsu's account."""
    plain = OrderSnapshot(
        source="st_1", external_id=external_id, number=f"#{external_id}", state="paid", currency="KRW", placed_at=NOON,
        paid_at=NOON, updated_at=NOON, total=12_000, subtotal=12_000, buyer=an_account(embedded=True),
    )  # fmt: skip
    return replace(plain, **fields)


def a_refund(external_id: str = "r1", **fields: Any) -> RefundSnapshot:
    """5,000 won given back on that order."""
    plain = RefundSnapshot(
        source="st_1", order_external_id="1001", external_id=external_id, currency="KRW", updated_at=NOON, at=NOON,
        total=5_000, subtotal=5_000,
    )  # fmt: skip
    return replace(plain, **fields)


def standing(order: Order) -> dict[str, Any]:
    """All that is stated of an order, without what says when we wrote it."""
    ours = {"id", "created_at", "changed_at"}
    return {f.attname: getattr(order, f.attname) for f in order._meta.concrete_fields if f.attname not in ours}
