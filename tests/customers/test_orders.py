"""Orders and refunds: whatever order deliveries come in, the row ends the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, OrderSnapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def an_order(**fields: Any) -> OrderSnapshot:
    """A paid order of 12,000 won by the account 7 of the store."""
    buyer = CustomerSnapshot(
        source="st_1", updated_at=NOON, external_id="7", name="김민수", email="minsu@example.com", embedded=True
    )
    plain = OrderSnapshot(
        source="st_1", external_id="1001", number="#1001", state="paid", currency="KRW", placed_at=NOON, paid_at=NOON,
        updated_at=NOON, total=12_000, subtotal=12_000, buyer=buyer,
    )  # fmt: skip
    return replace(plain, **fields)


def test_it_keeps_the_order() -> None:
    [order] = apply_orders([an_order()], at=NOON)
    assert (order.state, order.total, order.currency, order.number) == ("paid", 12_000, "KRW", "#1001")
