"""Erasing a person: what tells who they were goes, what the shop's books need stays without a name.

Orders keep their amounts and the ledger its points (written off, loyalty/merging.py). Consents stay as they are: they
prove what was allowed, and the law asks for that proof; each that stands is withdrawn.

Late news must not bring the person back. So of each account at a store a keyed hash stays, as a tombstone: documents of
that account are taken without their person. The tombstone yields to an account that was opened after the erasure (the
same name taken anew). And each order of the person will not take a buyer any more, however new a document names one.
Whoever comes back by themselves (a new order as a guest, signing in by e-mail) is a new customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from customers.consents import current, record_consent
from customers.events import Happened, record, tell
from customers.matching import EMAIL, PHONE, STORE, take_turn
from customers.merging import empty
from customers.models import Customer, Event, Identity, Order
from customers.snapshots import ErasureSnapshot
from customers.tombstones import NO_BUYER, tombstone
from staff import audit
from staff.actors import SYSTEM, Actor

ASKED_BY_STORE = "The store asked for it."


def apply_erasures(batch: Sequence[ErasureSnapshot], *, at: datetime) -> list[Customer]:
    """Carry out what stores were asked: to erase people, or to report on them. Call inside a transaction.

    Returns the customers concerned. A request for a report stands in the customer's past as `customer.data_requested`
    for the staff, who answer it.
    """
    take_turn()
    concerned = []
    for request in batch:
        customer = _customer_of(request)
        if request.only_report:
            if customer:
                record([Happened("customer.data_requested", request.at, customer_id=customer.pk)], at=at)
        else:
            _erase_account(request, customer, at)
        concerned += [customer] if customer else []
    return concerned


def erase(customer: Customer, *, actor: Actor, at: datetime, reason: str = "") -> Customer:
    """Forget who this customer was. Erasing twice is erasing once. Call in a transaction.

    Records `customer.erased`; its `subject`, told to subscribers but not stored, are the accounts (source, id).
    """
    take_turn()
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.erased_at is None:
        # Whoever keeps what others lock before the customer does so now: so that nobody waits for each other.
        tell([Happened("customer.erasing", at, customer_id=customer.pk, subject_id=customer.pk)], at=at)
        _erase(customer, at)
        audit.record(
            "customer.erased", actor=actor, at=at, object_kind="customer", object_id=customer.pk,
            object_label=str(customer), reason=reason,
        )  # fmt: skip
    return customer


def report(customer: Customer) -> dict[str, Any]:
    """All that is kept here about who a customer is and what they did, for a person who asks. Points: loyalty."""
    stated = ("name", "email", "phone", "language", "birthday", "joined_at", "created_at", "card_code")
    return {
        "customer": {field: getattr(customer, field) for field in stated},
        "accounts_and_proven_addresses": list(customer.identities.order_by("id").values("kind", "source", "value")),
        "consents": list(customer.consents.order_by("id").values("channel", "purpose", "granted", "at", "source")),
        "orders": list(
            customer.orders.order_by("id").values(
                "source", "number", "external_id", "placed_at", "state", "currency", "total", "refunded", "lines"
            )
        ),
        "past": list(customer.events.order_by("id").values("kind", "at", "data")),
    }


def _customer_of(request: ErasureSnapshot) -> Customer | None:
    """By the account; a guest by an address that somebody has proven."""
    account = Q(kind=STORE, source=request.source, value=request.external_id)
    address = Q(kind=EMAIL, value=request.email) | Q(kind=PHONE, value=request.phone)
    for which in (account, address) if request.external_id else (address,):
        if found := Identity.objects.filter(which).exclude(value="").select_related("customer").first():
            return found.customer
    return None


def _erase_account(request: ErasureSnapshot, customer: Customer | None, at: datetime) -> None:
    """The customer if there is one; the tombstone in any case, and the orders that the store names or a guest made."""
    if customer:
        erase(customer, actor=SYSTEM, at=at, reason=ASKED_BY_STORE)
    elif request.external_id:
        _bury(_nobody(at), [(request.source, request.external_id)], at)
    _forget_buyers(
        Q(source=request.source, external_id__in=request.order_ids)
        | (Q(customer=None) & ~Q(guest_email="") & Q(guest_email=request.email))
        | (Q(customer=None) & ~Q(guest_phone="") & Q(guest_phone=request.phone))
    )
    known = Order.objects.filter(source=request.source, external_id__in=request.order_ids)
    unknown = set(request.order_ids) - set(known.values_list("external_id", flat=True))
    Order.objects.bulk_create(
        Order(source=request.source, external_id=key, buyer_version=NO_BUYER, created_at=at, changed_at=at)
        for key in sorted(unknown)
    )


def _erase(customer: Customer, at: datetime) -> None:
    for (channel, purpose), decision in current(customer).items():
        if decision.granted:
            record_consent(customer, channel=channel, purpose=purpose, granted=False, at=at, source="erasure")
    accounts = list(customer.identities.filter(kind=STORE).values_list("source", "value"))
    customer.identities.all().delete()
    _bury(customer, accounts, at)
    _forget_buyers(Q(customer=customer))
    Event.objects.filter(customer=customer).update(data={})
    event = Happened("customer.erased", at, customer_id=customer.pk, subject_id=customer.pk, subject=accounts)
    empty(customer)
    customer.erased_at = at
    customer.save()
    record([event], at=at)


def _nobody(at: datetime) -> Customer:
    """Whom the tombstone of an account belongs to that was erased before it was heard of."""
    nobody = Customer(created_at=at, erased_at=at)
    empty(nobody)
    nobody.save()
    return nobody


def _bury(customer: Customer, accounts: Sequence[tuple[str, str]], at: datetime) -> None:
    Identity.objects.bulk_create(
        [
            Identity(customer=customer, kind=STORE, source=source, value=tombstone(source, value), proven_at=at)
            for source, value in accounts
        ],
        ignore_conflicts=True,
    )


def _forget_buyers(which: Q) -> None:
    """These orders keep what was bought and lose who bought it, for good."""
    ids = Order.objects.filter(which).order_by("id").select_for_update(no_key=True).values_list("id", flat=True)
    Order.objects.filter(id__in=list(ids)).update(
        buyer_external_id="", buyer_name="", guest_email="", guest_phone="", buyer_version=NO_BUYER
    )
