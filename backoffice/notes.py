"""Notes that the staff keep about a customer: events of their own, so that the timeline has them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.events import Happened, record
from customers.models import Customer
from staff import audit
from staff.actors import Actor

KIND = "customer.noted"


@transaction.atomic
def keep(customer: Customer, text: str, *, actor: Actor, at: datetime) -> None:
    """Keep a note. The text stands in the event; the trail says only that there is one."""
    record([Happened(KIND, at, customer.pk, data={"text": text, "by": actor.name})], at=at)
    audit.record(
        KIND, actor=actor, at=at, object_kind="customer", object_id=customer.pk, object_label=str(customer)
    )  # fmt: skip
