"""Members and orders for the ledger's tests."""

from __future__ import annotations

import itertools

from customers.models import Customer, Order
from tests.shops import NOW

_numbers = itertools.count(1)


def member() -> int:
    """The id of a new customer."""
    return Customer.objects.create(card_code=f"M{next(_numbers):011}", created_at=NOW, joined_at=NOW).pk


def order_of(customer_id: int) -> int:
    """The id of an order that earned nothing by itself."""
    return Order.objects.create(
        source="st_test", external_id=f"o{next(_numbers)}", customer_id=customer_id, created_at=NOW, changed_at=NOW
    ).pk
