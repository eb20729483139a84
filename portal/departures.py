"""Who became part of another customer, or was erased, is signed out everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from portal.models import ShopperSession


@subscribe("customer.merged", name="portal.departures")
@subscribe("customer.erased", name="portal.departures")
def end_sessions(happened: Sequence[Happened], at: datetime) -> None:
    """`subject_id` is who is gone, of both kinds of event."""
    ShopperSession.objects.filter(customer__in=[h.subject_id for h in happened]).delete()
