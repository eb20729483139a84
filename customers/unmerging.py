"""Taking a merging back: the two are two again, and what moved goes back where it was. See docs/members.md.

The event of the merging keeps what moved. What came since by an account or address that goes back, goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from customers.consents import current
from customers.events import Happened, record, tell
from customers.matching import DESCRIBED, EMAIL, PHONE, STORE, take_turn
from customers.merging import PARTICULARS, CannotMerge, together
from customers.models import Consent, Customer, Event, Identity, Order
from staff import audit
from staff.actors import Actor

UNDONE = "customer.merging_undone"  # what becomes of the event of a merging that was undone


class CannotUnmerge(ValueError):
    """There is no such merging any more, or one of the two was erased or merged on since."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One particular of both, side by side; `result` is what the one who is left will have."""

    field: str
    gone: Any
    left: Any
    result: Any

    @property
    def differs(self) -> bool:
        """Whether both have something, and not the same."""
        return bool(self.gone and self.left) and self.gone != self.left


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What `merge(gone, left)` would do to who they are; points and rewards: backoffice/merge_view.py."""

    gone: Customer
    left: Customer
    fields: tuple[Conflict, ...]
    orders: int
    accounts: int  # at stores
    proofs: int  # of addresses
    consents: int


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What subscribers to `customer.unmerged` need, as its `subject`."""

    moved: dict[str, Any]  # as noted when they were merged
    orders: tuple[int, ...]  # that go back now
    merged_at: datetime  # when the merging was written down


def preview_merge(gone: Customer, left: Customer) -> MergePreview:
    """What merging the first into the second would move. Writes nothing. Raises CannotMerge."""
    if gone == left or any(c.merged_into_id or c.erased_at for c in (gone, left)):
        raise CannotMerge("The two are one already, or one of them is not there any more")
    fields = (Conflict(f, getattr(gone, f), getattr(left, f), together(f, gone, left, ())) for f in DESCRIBED)
    identities = gone.identities.all()
    return MergePreview(
        gone, left, tuple(fields), gone.orders.count(), identities.filter(kind=STORE).count(),
        identities.exclude(kind=STORE).count(), gone.consents.count(),
    )  # fmt: skip


def unmerge(gone: Customer, *, actor: Actor, at: datetime, reason: str = "") -> Customer:
    """Make `gone` a customer of their own again, who is returned; record `customer.unmerged`. Call in a transaction.

    Raises CannotUnmerge.
    """
    take_turn()
    gone, left, merging = _held(gone)
    tell([Happened("customer.unmerging", at, left.pk, gone.pk)], at=at)  # whoever keeps more of theirs locks it
    moved = merging.data["moved"]
    back = list(Identity.objects.filter(pk__in=moved["identities"], customer=left))
    Identity.objects.filter(pk__in=[identity.pk for identity in back]).update(customer=gone)
    orders = _give_back_orders(left, gone, moved["orders"], back, at)
    about = Q(pk__in=moved["events"]) | Q(kind__startswith="order.", subject_id__in=orders)
    Event.objects.filter(about, customer=left).update(customer=gone)
    _decide_again(left, gone, at)
    _give_back_particulars(left, gone, moved)
    merging.kind, merging.data = UNDONE, {"from": gone.pk}
    merging.save(update_fields=["kind", "data"])
    subject = Unmerged(moved, tuple(orders), merging.recorded_at)
    event = Happened("customer.unmerged", at, left.pk, gone.pk, data={"from": gone.pk}, subject=subject)
    record([event], at=at)
    for one, other in ((left, gone), (gone, left)):
        audit.record(
            "customer.unmerged", actor=actor, at=at, object_kind="customer", object_id=one.pk, object_label=str(one),
            changes={"customer": [None, str(other)]}, reason=reason,
        )  # fmt: skip
    return gone


def mergings_of(left: Customer) -> list[Event]:
    """The mergings into this customer that can be undone, the latest first; `subject_id` is who is gone."""
    events = Event.objects.filter(customer=left, kind="customer.merged", data__has_key="moved")
    gone = Customer.objects.filter(pk__in=events.values("subject_id"), merged_into=left)
    return list(events.filter(subject_id__in=gone.values("pk")).order_by("-at", "-pk"))


def _held(gone: Customer) -> tuple[Customer, Customer, Event]:
    """Both, locked, and the event of their merging. Raises CannotUnmerge."""
    ids = [pk for pk in (gone.pk, gone.merged_into_id) if pk is not None]
    both = {c.pk: c for c in Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)}
    its = both.get(gone.pk)
    left = both.get(its.merged_into_id or 0) if its else None
    if its is None or left is None or left.merged_into_id or left.erased_at or its.erased_at:
        raise CannotUnmerge("One of the two is not there any more, or became part of a third")
    merging = Event.objects.filter(customer=left, kind="customer.merged", subject_id=its.pk).order_by("pk").last()
    if merging is None or "moved" not in merging.data:
        raise CannotUnmerge("Nothing is known of what moved")
    return its, left, merging


def _give_back_orders(
    left: Customer, gone: Customer, moved: list[int], identities: list[Identity], at: datetime
) -> list[int]:
    """Those that moved, and those that came since by an account or an address that goes back."""
    which = Q(pk__in=moved)
    for identity in identities:
        if identity.kind == STORE:
            which |= Q(source=identity.source, buyer_external_id=identity.value)
        else:
            address = {EMAIL: "guest_email", PHONE: "guest_phone"}[Identity.Kind(identity.kind)]
            which |= Q(buyer_external_id="", **{address: identity.value})
    rows = Order.objects.filter(which, customer=left).order_by("id").select_for_update(no_key=True)
    ids = list(rows.values_list("id", flat=True))
    Order.objects.filter(id__in=ids).update(customer=gone, changed_at=at)
    return ids


def _decide_again(left: Customer, gone: Customer, at: datetime) -> None:
    """Decisions that came with the other count no more: what was decided before them is said again."""
    rows = []
    for (channel, purpose), decision in current(left).items():
        if decision.evidence.get("merged_from") != gone.pk:
            continue
        own = left.consents.filter(channel=channel, purpose=purpose).exclude(evidence__merged_from=gone.pk)
        before = own.order_by("-at", "-id").first()
        rows.append(
            Consent(
                customer=left, channel=channel, purpose=purpose, granted=bool(before and before.granted), at=at,
                source="unmerged", evidence={"unmerged": gone.pk},
            )
        )  # fmt: skip
    Consent.objects.bulk_create(rows)


def _give_back_particulars(left: Customer, gone: Customer, moved: dict[str, Any]) -> None:
    """Each as before; what staff or a store changed since on the one who is left stays as it is."""
    for field in PARTICULARS:
        setattr(gone, field, _value(field, moved["gone"][field]))
    if Customer.objects.filter(card_code=gone.card_code).exclude(pk=gone.pk).exists():
        gone.card_code = Customer.objects.get(pk=gone.pk).card_code
    for field in PARTICULARS:
        came = _value(field, moved["result"][field])
        if field == "tags":
            new = set(moved["result"]["tags"]) - set(moved["left"]["tags"])
            left.tags = [tag for tag in left.tags if tag not in new]
        elif getattr(left, field) == came:
            setattr(left, field, _value(field, moved["left"][field]))
    gone.merged_into = None
    left.save()
    gone.save()


def _value(field: str, stored: Any) -> Any:
    if stored and field in ("birthday_set_at", "joined_at", "created_at"):
        return datetime.fromisoformat(stored)
    return date.fromisoformat(stored) if stored and field == "birthday" else stored
