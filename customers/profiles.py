"""Adding a customer by hand, and editing what is known of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict, Unpack

from customers.addresses import normalise_email, normalise_phone
from customers.cards import new_card_code
from customers.events import Happened, record, tell
from customers.matching import take_turn
from customers.models import Customer
from staff import audit
from staff.actors import Actor


class Particulars(TypedDict, total=False):
    """What can be told of a customer. Addresses as typed; they are normalised here."""

    name: str
    email: str
    phone: str
    language: str
    birthday: date | None


class WrongAddress(ValueError):
    """The text is no e-mail address or phone number; `field` names which was meant."""

    def __init__(self, field: str) -> None:
        super().__init__(f"This is no valid {field}")
        self.field = field


def add_customer(*, country: str, actor: Actor, at: datetime, **told: Unpack[Particulars]) -> Customer:
    """A new member. The addresses count as stated, not as proven. Raises WrongAddress. Call inside a transaction."""
    take_turn()
    customer = Customer(card_code=new_card_code(), created_at=at, joined_at=at, **_cleaned(told, country))
    customer.birthday_set_at = at if customer.birthday else None
    customer.save()
    tell([Happened("customer.created", at, customer_id=customer.pk)], at=at)
    record([Happened("customer.joined", at, customer_id=customer.pk)], at=at)
    audit.record(
        "customer.added",
        actor=actor,
        at=at,
        object_kind="customer",
        object_id=customer.pk,
        object_label=str(customer),
    )
    return customer


def edit_customer(
    customer: Customer, *, country: str, actor: Actor, at: datetime, reason: str = "", **told: Unpack[Particulars]
) -> Customer:
    """Change what is told and leave the rest. Raises WrongAddress. Call inside a transaction.

    A newer document of the store may state otherwise later. What the customer has proven is not touched.
    """
    take_turn()
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    changes = {}
    for field, value in _cleaned(told, country).items():
        before = getattr(customer, field)
        if value != before:
            changes[field] = [_plain(before), _plain(value)]
            setattr(customer, field, value)
    if "birthday" in changes:
        customer.birthday_set_at = at if customer.birthday else None
    if changes:
        customer.save(update_fields=[*changes, "birthday_set_at"])
        tell([Happened("customer.updated", at, customer_id=customer.pk)], at=at)
        audit.record(
            "customer.edited",
            actor=actor,
            at=at,
            object_kind="customer",
            object_id=customer.pk,
            object_label=str(customer),
            changes=changes,
            reason=reason,
        )
    return customer


def _cleaned(told: Particulars, country: str) -> Particulars:
    cleaned = told.copy()
    if email := told.get("email"):
        cleaned["email"] = normalise_email(email)
    if phone := told.get("phone"):
        cleaned["phone"] = normalise_phone(phone, country)
    for field in ("email", "phone"):
        if told.get(field) and not cleaned.get(field):
            raise WrongAddress(field)
    return cleaned


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
