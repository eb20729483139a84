"""Who is who: accounts at stores, and addresses that a customer has proven to control.

Two customers are never merged silently. Where a proof meets two, the one that holds the proof stays, and the event
`customer.same_address` tells the merchant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.addresses import normalise_email, normalise_phone
from customers.consents import record_stated
from customers.matching import EMAIL, PHONE, STORE, Register, take_turn
from customers.models import Customer, Identity
from customers.snapshots import CustomerSnapshot
from staff import audit
from staff.actors import Actor

__all__ = [
    "account_holders",
    "apply_customers",
    "is_vouched_for",
    "normalise_email",
    "normalise_phone",
    "prove_email",
    "prove_phone",
    "proven_email",
]


def apply_customers(batch: Sequence[CustomerSnapshot], *, at: datetime) -> list[Customer]:
    """Store what stores say of their customers; the newest document of each counts. Call inside a transaction.

    Returns the customers concerned, by id. An account whose unverified address another customer has proven is not tied
    to anyone: it waits until its store has verified the address. Guest orders join on a verified address.
    """
    take_turn()
    register = Register.of(batch, at=at)
    for snapshot in sorted(batch, key=lambda s: s.version):
        register.enter(snapshot)
    register.save()
    # Only of accounts that are tied: whoever typed somebody's address in at the store does not consent for them.
    record_stated([(c, s) for s in batch if (c := register.owner_of(s)) is not None], at=at)
    concerned = {c.pk: c for s in batch if (c := register.customer_of(s)) is not None}
    return [concerned[pk] for pk in sorted(concerned)]


def account_holders(accounts: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The id of the customer behind each account (source, external id) that is tied to one."""
    held: dict[tuple[str, str], int] = {}
    for source in {source for source, _ in accounts}:
        values = [value for of, value in accounts if of == source]
        found = Identity.objects.filter(kind=STORE, source=source, value__in=values)
        held |= {(source, value): owner for value, owner in found.values_list("value", "customer_id")}
    return held


def prove_email(email: str, *, at: datetime, language: str = "", actor: Actor) -> Customer:
    """The customer who controls this address and has just shown it, joined to the programme. Call inside a transaction.

    It is, in this order: who proved it before; the oldest customer known by it who has proven no other; a new one.
    Guest orders of the address become theirs (`order.changed`).
    """
    return _prove(EMAIL, normalise_email(email), at=at, language=language, actor=actor)


def prove_phone(phone: str, *, at: datetime, language: str = "", actor: Actor) -> Customer:
    """As prove_email, for a phone number in E.164."""
    return _prove(PHONE, phone, at=at, language=language, actor=actor)


def is_vouched_for(account: Identity, email: str = "") -> bool:
    """Whether this account at a store surely belongs to who has proven its customer's addresses.

    An account that was there before an address was proven may be a stranger's who typed that address in at the store.
    `email` is one that the store itself says it has verified; empty: none.
    """
    proofs = Identity.objects.filter(customer=account.customer_id, kind__in=(EMAIL, PHONE))
    if email and proofs.filter(kind=EMAIL, value=email).exists():
        return True
    return not proofs.filter(proven_at__gt=account.proven_at).exists()


def proven_email(customer: Customer) -> str:
    """The address this customer proved first, or an empty text."""
    found = customer.identities.filter(kind=EMAIL).order_by("id").first()
    return found.value if found else ""


def _prove(kind: str, value: str, *, at: datetime, language: str, actor: Actor) -> Customer:
    if not value:
        raise ValueError("An empty address proves nothing")
    take_turn()
    register = Register(at)
    register.read_proofs(kind, {value})
    known = (kind, value) in register.proofs
    customer = register.prove(kind, value, language=language)
    register.save()
    if not known:
        audit.record(
            f"customer.{kind}_proven", actor=actor, at=at,
            object_kind="customer", object_id=customer.pk, object_label=str(customer),
        )  # fmt: skip
    return customer
