"""Leaving the programme. The shop erases a person's data, not this page: so asking is a fact that the shop is shown.

The request stands in the customer's timeline as an event and can be taken back until it is carried out.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from customers.events import Happened, record
from customers.models import Customer, Event

ASKED, TAKEN_BACK = "erasure.requested", "erasure.withdrawn"


def asked_at(customer: Customer) -> datetime | None:
    """When this customer asked to leave, if the request still stands."""
    latest = Event.objects.filter(customer=customer, kind__in=(ASKED, TAKEN_BACK)).order_by("-at", "-id").first()
    return latest.at if latest and latest.kind == ASKED else None


def ask_to_leave(customer: Customer, *, at: datetime) -> None:
    """Ask the shop to erase this customer. Asking twice is asking once."""
    _change(customer, asks=True, at=at)


def take_back(customer: Customer, *, at: datetime) -> None:
    """Stay after all."""
    _change(customer, asks=False, at=at)


@transaction.atomic
def _change(customer: Customer, *, asks: bool, at: datetime) -> None:
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if (asked_at(customer) is not None) == asks:
        return
    kind = ASKED if asks else TAKEN_BACK
    record([Happened(kind, at=at, customer_id=customer.pk, subject_id=customer.pk)], at=at)
