"""Members and orders for the ledger's tests."""

from __future__ import annotations

import itertools

from customers.models import Customer
from tests.shops import NOW

_numbers = itertools.count(1)


def member() -> int:
    """The id of a new customer."""
    return Customer.objects.create(card_code=f"M{next(_numbers):011}", created_at=NOW, joined_at=NOW).pk
