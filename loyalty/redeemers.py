"""Redemptions of customers who became one, or were erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from loyalty import using
from loyalty.merging import ERASED
from loyalty.models import Redemption
from staff.actors import SYSTEM


@subscribe("customer.merged", name="loyalty.redemption")
def follow_merged(happened: Sequence[Happened], at: datetime) -> None:
    """Whoever is left has them. Points set aside stay where they were until they are used or return (merging.py)."""
    for merged in happened:
        Redemption.objects.filter(customer=merged.data["from"]).update(customer=merged.customer_id)


@subscribe("customer.erased", name="loyalty.redemption")
def follow_erased(happened: Sequence[Happened], at: datetime) -> None:
    """Those that are not used are cancelled; their points are written off with the others."""
    for erased in happened:
        ready = Redemption.objects.filter(customer=erased.customer_id, state=Redemption.State.READY)
        for redemption_id in ready.order_by("id").values_list("pk", flat=True):
            key = f"erase:{redemption_id}"
            using.cancel(redemption_id, reason=ERASED, actor=SYSTEM, key=key, at=at)
