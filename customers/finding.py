"""Finding the one customer that an address or an account stands for."""

from __future__ import annotations

from customers.models import Customer, Identity


def holder_of(kind: str, value: str, *, source: str = "") -> Customer | None:
    """Who has proven this address (`kind` email or phone), or has this account (`kind` store) at `source`."""
    found = Identity.objects.filter(kind=kind, source=source, value=value).select_related("customer").first()
    return found.customer if found else None


def known_by(kind: str, value: str) -> Customer | None:
    """Who has proven this address; else the oldest customer who goes by it and has proven no other of its kind."""
    if holder := holder_of(kind, value):
        return holder
    stated = Customer.objects.filter(**{"email" if kind == Identity.Kind.EMAIL else "phone": value})
    return stated.exclude(identities__kind=kind).order_by("id").first()
