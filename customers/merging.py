"""Making two customers one: by the store that says so, or by a person of the shop who knows.

The one who is left keeps the other's accounts, proofs, orders, consents and past; points follow by the event
`customer.merged` (loyalty/merging.py). unmerging.py takes it back. Of the other a nameless row stays, because the
ledger stands on it. An account
at a store points at whoever is left, so it does not matter whether its orders arrive before or after the merging.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from customers.cards import new_card_code
from customers.events import Happened, record, tell
from customers.matching import DESCRIBED, STORE, take_turn
from customers.models import Consent, Customer, Event, Identity, Order
from customers.snapshots import MergeSnapshot
from staff import audit
from staff.actors import SYSTEM, Actor

PARTICULARS = (*DESCRIBED, "birthday_set_at", "tags", "joined_at", "created_at", "card_code")
SAID_BY_STORE = "The store made the two accounts one."


class CannotMerge(ValueError):
    """The two are one already, or one of them is not there any more."""


def apply_merges(batch: Sequence[MergeSnapshot], *, at: datetime) -> list[Customer]:
    """Do what stores say about accounts that became one, in that order. Call inside a transaction.

    Returns who is left of each. Saying it again, or before either account was heard of, does no harm.
    """
    take_turn()
    return [_apply(snapshot, at) for snapshot in batch]


def merge(
    from_customer: Customer,
    into_customer: Customer,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    taking: Collection[str] = (),
) -> Customer:
    """Make the first part of the second, who is returned; record `customer.merged`. Call inside a transaction.

    Where both have a particular, the second's stands, but for those named in `taking`. Before anything moves,
    `customer.merging` is told: its `subject` is a dict in which whoever keeps rows of customers notes what moves, so
    that unmerging.py can undo it. Raises CannotMerge.
    """
    take_turn()
    ids = [from_customer.pk, into_customer.pk]
    both = {c.pk: c for c in Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)}
    if len(both) < 2 or any(c.merged_into_id or c.erased_at for c in both.values()):
        raise CannotMerge("The two are one already, or one of them is not there any more")
    gone, left = both[from_customer.pk], both[into_customer.pk]
    told = str(gone)
    moved: dict[str, Any] = {"gone": particulars(gone), "left": particulars(left)}
    tell([Happened("customer.merging", at, customer_id=left.pk, subject_id=gone.pk, subject=moved)], at=at)
    moved["orders"] = _move_orders(gone, left, at)
    moved["identities"] = _move(Identity, gone, left)
    _copy_consents(gone, left)
    moved["events"] = _move(Event, gone, left)
    _take_over(gone, left, taking)
    moved["result"] = particulars(left)
    data = {"from": gone.pk, "moved": moved}
    event = Happened("customer.merged", at, customer_id=left.pk, subject_id=gone.pk, data=data)
    record([event], at=at)
    audit.record(
        "customer.merged", actor=actor, at=at, object_kind="customer", object_id=left.pk, object_label=str(left),
        changes={"customer": [told, str(left)]}, reason=reason,
    )  # fmt: skip
    return left


def _apply(snapshot: MergeSnapshot, at: datetime) -> Customer:
    keys = (snapshot.from_id, snapshot.into_id)
    known = Identity.objects.filter(kind=STORE, source=snapshot.source, value__in=keys).select_related("customer")
    accounts = {identity.value: identity.customer for identity in known}
    gone, left = (accounts.get(key) for key in keys)
    if gone and left and gone != left:
        return merge(gone, left, actor=SYSTEM, at=at, reason=SAID_BY_STORE)
    owner = left or gone or _begin(min(snapshot.at, at), at)
    missing = [key for key in keys if key not in accounts]
    Identity.objects.bulk_create(
        Identity(customer=owner, kind=STORE, source=snapshot.source, value=key, proven_at=at)
        for key in dict.fromkeys(missing)
    )
    return owner


def _begin(since: datetime, at: datetime) -> Customer:
    """Somebody of whom nothing is known yet but that two accounts are theirs."""
    customer = Customer.objects.create(card_code=new_card_code(), created_at=since, joined_at=since)
    record([Happened("customer.joined", since, customer_id=customer.pk)], at=at)
    return customer


def _move_orders(gone: Customer, left: Customer, at: datetime) -> list[int]:
    """The points of these orders follow by their lots, not by taking back and earning again: so nothing is told."""
    rows = Order.objects.filter(customer=gone).order_by("id").select_for_update(no_key=True)
    ids = list(rows.values_list("id", flat=True))
    Order.objects.filter(id__in=ids).update(customer=left, changed_at=at)
    return ids


def _move(model: type[Identity | Event], gone: Customer, left: Customer) -> list[int]:
    rows: list[int] = list(model.objects.filter(customer=gone).order_by("id").values_list("id", flat=True))
    model.objects.filter(id__in=rows).update(customer=left)
    return rows


def _copy_consents(gone: Customer, left: Customer) -> None:
    """Decisions are only ever added, so they are told again, with their own times; the latest of both counts."""
    Consent.objects.bulk_create(
        Consent(
            customer=left, channel=c.channel, purpose=c.purpose, granted=c.granted, at=c.at, source=c.source,
            evidence={**c.evidence, "merged_from": gone.pk},
        )
        for c in gone.consents.order_by("id")
    )  # fmt: skip


def _take_over(gone: Customer, left: Customer, taking: Collection[str]) -> None:
    """What is known of the one fills what is not known of the other; then the one has no name any more."""
    birthday = left.birthday
    for field in DESCRIBED:
        setattr(left, field, together(field, gone, left, taking))
    if left.birthday != birthday:
        left.birthday_set_at = gone.birthday_set_at
    left.tags = sorted({*left.tags, *gone.tags})
    left.joined_at = min(filter(None, [left.joined_at, gone.joined_at]), default=None)
    left.created_at = min(left.created_at, gone.created_at)
    left.save()
    empty(gone)
    gone.merged_into = left
    gone.save()


def together(field: str, gone: Customer, left: Customer, taking: Collection[str]) -> Any:
    """Which value of a particular the one who is left will have."""
    its, other = getattr(left, field), getattr(gone, field)
    return other if other and (field in taking or not its) else its


def particulars(customer: Customer) -> dict[str, Any]:
    """All that is known of who a customer is, as JSON: for undoing."""
    return {field: _plain(getattr(customer, field)) for field in PARTICULARS}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def empty(customer: Customer) -> None:
    """Forget who it was; not saved. A new card code, because the old one may be in somebody's hands."""
    customer.name = customer.email = customer.phone = customer.language = ""
    customer.birthday = customer.birthday_set_at = customer.joined_at = None
    customer.tags = []
    customer.card_code = new_card_code()
