"""Whether somebody is known already: before they are added a second time, and after it has happened."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from customers.models import Customer, Identity

SHOWN = 20


def known_by(*, email: str, phone: str) -> Customer | None:
    """The customer who proved this e-mail address or phone number (both normalised), else who stated it."""
    addresses = {Identity.Kind.EMAIL: email, Identity.Kind.PHONE: phone}
    proven, stated = Q(), Q()
    for kind, value in addresses.items():
        if value:
            proven |= Q(kind=kind, value=value)
            stated |= Q(**{kind.value: value})
    if not proven:
        return None
    identity = Identity.objects.filter(proven, source="").select_related("customer").first()
    return identity.customer if identity else Customer.objects.filter(stated).order_by("pk").first()


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who go by one address, the oldest first."""

    address: str
    customers: list[Customer]


# Walks the index of the column and stops at a page: the column's name is one of ours.
SHARED = """
SELECT {column} FROM customers_customer
WHERE {column} > %s AND merged_into_id IS NULL AND erased_at IS NULL
GROUP BY {column} HAVING count(*) > 1 ORDER BY {column} LIMIT %s
"""


def groups(column: str, *, after: str = "", size: int = SHOWN) -> tuple[list[Group], str]:
    """Customers who share an e-mail address or a phone number, by that address; and where the next page begins."""
    assert column in ("email", "phone")
    with connection.cursor() as cursor:
        cursor.execute(SHARED.format(column=column), [after, size + 1])
        shared = [address for (address,) in cursor.fetchall()]
    people = Customer.objects.present().filter(**{f"{column}__in": shared[:size]}).order_by("pk")
    found = {address: Group(address, []) for address in shared[:size]}
    for customer in people.select_related("balance"):
        found[getattr(customer, column)].customers.append(customer)
    return list(found.values()), shared[size - 1] if len(shared) > size else ""


def like(customer: Customer, limit: int = 5) -> list[Customer]:
    """Others who go by an address of this one, or by the same name."""
    same = Q(pk__in=[])
    if customer.email:
        same |= Q(email=customer.email)
    if customer.phone:
        same |= Q(phone=customer.phone)
    found = list(Customer.objects.present().filter(same).exclude(pk=customer.pk).order_by("pk")[:limit])
    if customer.name and len(found) < limit:
        known = [one.pk for one in (*found, customer)]
        named = Customer.objects.present().filter(name=customer.name).exclude(name="").exclude(pk__in=known)
        found += named.order_by("pk")[: limit - len(found)]
    return found
