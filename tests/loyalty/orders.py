"""Orders as storefronts state them, for the tests of what they earn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from customers.models import Order
from customers.orders import apply_orders, apply_refunds
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundedLine, RefundSnapshot
from loyalty import programme
from loyalty.models import OrderEarning, ProgrammeVersion
from loyalty.rules import Rules
from staff.actors import SYSTEM

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RULES = Rules(currency="KRW", earn_points=1, earn_per=100, hold_days=7, expiry_months=36)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def publish(rules: Rules = RULES, *, at: datetime = NOON - timedelta(days=1), **changes: Any) -> ProgrammeVersion:
    """The programme, in force since yesterday."""
    return programme.publish(replace(rules, **changes), actor=SYSTEM, at=at)


def buyer(external_id: str = "7", **fields: Any) -> CustomerSnapshot:
    plain = CustomerSnapshot(source="st_1", updated_at=NOON, external_id=external_id, name="Minsu", embedded=True)
    return replace(plain, **fields)


def order(**fields: Any) -> OrderSnapshot:
    """A paid order of 12,345 won."""
    plain = OrderSnapshot(
        source="st_1", external_id="1001", number="#1001", state="paid", currency="KRW", placed_at=NOON, paid_at=NOON,
        updated_at=NOON, total=12_345, subtotal=12_345, buyer=buyer(),
        lines=(LineSnapshot("l1", "Beans", 1, 10_000, 10_000), LineSnapshot("l2", "Card", 1, 2_345, 2_345)),
    )  # fmt: skip
    return replace(plain, **fields)


def refund(external_id: str, amount: int, *lines: RefundedLine, **fields: Any) -> RefundSnapshot:
    plain = RefundSnapshot(
        source="st_1", order_external_id="1001", external_id=external_id, currency="KRW", updated_at=after(30),
        at=after(30), total=amount, subtotal=amount, lines=lines,
    )  # fmt: skip
    return replace(plain, **fields)


def deliver(*snapshots: OrderSnapshot | RefundSnapshot, at: datetime = NOON) -> OrderEarning:
    """Apply each in a transaction of its own, as deliveries come, and answer what the order has earned."""
    for snapshot in snapshots:
        with transaction.atomic():
            if isinstance(snapshot, OrderSnapshot):
                apply_orders([snapshot], at=at)
            else:
                apply_refunds([snapshot], at=at)
    return OrderEarning.objects.get(order__external_id="1001")


def the_order() -> Order:
    return Order.objects.get(external_id="1001")
