"""What becomes of stamp cards when two members become one, or one is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customers.events import Happened, subscribe
from loyalty import redeemers, stamp_orders  # noqa: F401  redeemers subscribe first
from loyalty.models import Stamp
from loyalty.stamp_book import Book, card_in_force
from loyalty.stamp_rules import StampCard
from staff.actors import SYSTEM


@subscribe("customer.merged", name="loyalty.stamps", after="loyalty.redemption")
def merged(happened: Sequence[Happened], at: datetime) -> None:
    """The cards of the one go on with the other's."""
    for h in happened:
        if h.customer_id is not None:
            _carry_over(h.data["from"], h.customer_id, at)


def _carry_over(gone: int, left: int, at: datetime) -> None:
    if not Stamp.objects.filter(customer=gone).exists():
        return
    book = Book.of([gone, left], at=at, actor=SYSTEM)
    for (who, key), on in list(book.states.items()):
        if who != gone:
            continue
        card = card_in_force(key, at)
        book.let_lapse(gone, card)
        stamps, moved = on.after, f"merged:{gone}:{key}:{on.last_id}"
        if stamps:
            book.add(gone, key, -stamps, reason="merged", key=moved)
            _arrive(book, left, card, stamps, moved)
    book.write()


def _arrive(book: Book, left: int, card: StampCard, stamps: int, moved: str) -> None:
    if stamps > 0:
        book.give(left, card, stamps, reason="merged", key=f"{moved}:in")
    else:
        book.take(left, card, -stamps, reason="merged", key=f"{moved}:in", since=book.on(left, card.key).last_id)


@subscribe("customer.erased", name="loyalty.stamps", after="loyalty.redemption")
def erased(happened: Sequence[Happened], at: datetime) -> None:
    """What they had is gone."""
    whose = [h.customer_id for h in happened if h.customer_id is not None]
    if not Stamp.objects.filter(customer__in=whose).exists():
        return
    book = Book.of(whose, at=at, actor=SYSTEM)
    for (who, key), on in book.states.items():
        if on.after:
            book.add(who, key, -on.after, reason="erased", key=f"erased:{who}:{key}:{on.last_id}")
    book.write()


@subscribe("customer.unmerged", name="loyalty.stamps")
def unmerged(happened: Sequence[Happened], at: datetime) -> None:
    """What came over at the merging goes back, and the stamps of orders follow their orders."""
    for h in happened:
        if h.customer_id is not None:
            _carry_back(h.customer_id, h.data["from"], at)
            stamp_orders.bring_up(getattr(h.subject, "orders", ()), at=at)


def _carry_back(left: int, gone: int, at: datetime) -> None:
    newest = Stamp.objects.filter(customer=gone, reason="merged").order_by("card", "-pk").distinct("card")
    moved = [row for row in newest if not Stamp.objects.filter(key=f"unmerged:{row.pk}").exists()]
    if not moved:
        return
    book = Book.of([gone, left], at=at, actor=SYSTEM)
    for row in moved:
        card = card_in_force(row.card, at)
        book.take(left, card, -row.change, reason="unmerged", key=f"unmerged:{row.pk}", since=row.pk)
        book.add(gone, row.card, -row.change, reason="unmerged", key=f"unmerged:{row.pk}:in")
    book.write()
