"""Finding the one customer that an address or an account stands for."""

from __future__ import annotations

from customers.models import Customer, Identity


def holder_of(kind: str, value: str, *, source: str = "") -> Customer | None:
    """Who has proven this address (`kind` email or phone), or has this account (`kind` store) at `source`."""
    found = Identity.objects.filter(kind=kind, source=source, value=value).select_related("customer").first()
    return found.customer if found else None


def known_by(kind: str, value: str) -> Customer | None:
    """Who has proven this address; else the oldest customer who goes by it and has proven no other of its kind."""
    return next(iter(all_known_by(kind, value)), None)


def all_known_by(kind: str, value: str) -> list[Customer]:
    """Who has proven this address; else all who go by it and have proven no other of its kind, the oldest first."""
    if holder := holder_of(kind, value):
        return [holder]
    stated = Customer.objects.filter(**{"email" if kind == Identity.Kind.EMAIL else "phone": value})
    return list(stated.exclude(identities__kind=kind).order_by("id"))


def is_sure_by_phone(customer: Customer, *, counter: str) -> bool:
    """Whether their phone number says who they are: it is proven, or all that they have was collected under it.

    Not so with an account at a store or an address of another kind: there somebody else's number may have been typed
    in. `counter` is the source of the accounts that the shop's own till opens.
    """
    if not customer.phone:
        return False
    known = [(i.kind, i.source, i.value) for i in customer.identities.all()]
    proven = (Identity.Kind.PHONE, "", customer.phone) in known
    return proven or all(kind == Identity.Kind.STORE and source == counter for kind, source, _ in known)
