"""A check-in at the shop gives the stamps of a visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from loyalty import stamps, tiers
from staff.actors import SYSTEM


@subscribe("customer.visited", name="loyalty.stamps")
def visited(happened: Sequence[Happened], at: datetime) -> None:
    """One visit of a member at one place on one day stamps once, however often it is told."""
    for h in happened:
        if h.customer_id is not None:
            key = f"visit:{h.customer_id}:{h.data.get('place', '')}:{h.data.get('day', h.at.isoformat())}"
            stamps.visit(h.customer_id, key=key[: stamps.LONGEST_KEY - 41], at=at, actor=SYSTEM)
    tiers.review_visits({h.customer_id for h in happened if h.customer_id is not None}, at=at)
