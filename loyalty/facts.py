"""What is known of members when their orders earn: their tier, tags, which order it is, and what rules gave before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.models import Order
from loyalty.evaluation import Facts


def facts_of(orders: Sequence[Order], *, at: datetime) -> dict[int, Facts]:
    """By order id. A few statements for all of them, and none when the rules ask for nothing."""
    raise NotImplementedError
