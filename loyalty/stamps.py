"""Punch cards: stamps given and taken back, full cards, and how a member's cards stand. See docs/stamps.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty import ledger, tiers
from loyalty.models import Redemption, Stamp
from loyalty.programme import in_force, shop_time_zone
from loyalty.stamp_book import Book, card_in_force, lapses_at, states_of
from loyalty.stamp_rules import StampCard
from staff.actors import Actor

__all__ = ["CannotStamp", "CardStanding", "Stamped", "cards", "stamp", "undo", "visit"]

MOST_STAMPS = 100  # at once
LONGEST_KEY = 100  # room for what is added to it


class CannotStamp(Exception):
    """No stamp can be given or taken back; the message is for people. `code`: unknown_card, inactive, a_day, count,
    gone, unknown_stamp.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class CardStanding:
    """How one card of a member stands."""

    card: StampCard
    stamps: int  # on it now
    needed: int  # until it is full
    left: int  # still missing, at least one: the next stamp fills a card that was shortened
    owed: int  # taken back after the card's reward had been used: the next stamps pay these first
    full_times: int  # how often it was filled
    last_at: datetime | None  # when the last stamp was given
    lapses_at: datetime | None  # when the stamps on it lapse if none follows; None: never


@dataclass(frozen=True, slots=True)
class Stamped:
    """What giving or taking back stamps came to."""

    after: int  # stamps on the card now; negative when stamps are owed
    completed: Redemption | None  # the reward of the card that was filled; the last one of several
    rewards: tuple[Redemption, ...] = ()  # all of them
    is_new: bool = True  # False: the same key had been carried out before


FULL_TIMES = """
SELECT card, count(*) FILTER (WHERE reason = 'full') - count(*) FILTER (WHERE reason = 'reopened')
FROM loyalty_stamp WHERE customer_id = %s GROUP BY card
"""


def cards(customer_id: int, *, at: datetime) -> list[CardStanding]:
    """The member's cards in the order of the programme in force then: all active ones, with or without stamps.

    Writes nothing: stamps whose time is over are not shown, and written off when the card is touched next.
    """
    version = in_force(at)
    active = [card for card in version.terms.stamps if card.active] if version else []
    if not active:
        return []
    states, zone = states_of([customer_id]), shop_time_zone()
    with connection.cursor() as cursor:
        cursor.execute(FULL_TIMES, [customer_id])
        full = dict(cursor.fetchall())
    standings = []
    for card in active:
        on = states.get((customer_id, card.key))
        last_at, after = (on.last_at, on.after) if on else (None, 0)
        ends = lapses_at(card, last_at, zone) if after > 0 else None
        if ends is not None and ends <= at:
            after, ends = 0, None
        standings.append(_standing(card, after, full.get(card.key, 0), last_at, ends))
    return standings


def _standing(
    card: StampCard, after: int, full_times: int, last_at: datetime | None, ends: datetime | None
) -> CardStanding:
    return CardStanding(
        card=card,
        stamps=min(max(after, 0), card.stamps),
        needed=card.stamps,
        left=max(card.stamps - after, 1),
        owed=max(-after, 0),
        full_times=full_times,
        last_at=last_at,
        lapses_at=ends,
    )


@transaction.atomic
def stamp(
    customer_id: int, card_key: str, count: int = 1, *, reason: str = "visit", key: str, at: datetime, actor: Actor,
    order_id: int | None = None,
) -> Stamped:  # fmt: skip
    """Give stamps; a full card becomes its reward at once and the rest begins the next card. Once for each key.

    `reason` is visit, or staff for a correction by hand, which no daily limit refuses. Stamps of orders come by
    themselves: stamp_orders.py. Raises CannotStamp, ledger.KeyReused.
    """
    if reason not in ("visit", "staff") or len(key) > LONGEST_KEY:
        raise ValueError(f"stamps are given for a visit or by staff, under a short key: {reason} {key}")
    ledger.lock([customer_id])
    if earlier := Stamp.objects.filter(key=key).first():
        return _again(earlier, customer_id, card_key)
    card = _card(card_key, at)
    _refuse(customer_id, card, count, reason, at)
    book = Book.of([customer_id], at=at, actor=actor)
    book.give(customer_id, card, count, reason=reason, key=key, order_id=order_id)
    try:
        rewards = tuple(book.write())
    except IntegrityError as error:
        raise ledger.KeyReused(key) from error
    tiers.review_visits([customer_id], at=at)
    return Stamped(book.on(customer_id, card.key).after, rewards[-1] if rewards else None, rewards)


def _again(earlier: Stamp, customer_id: int, card_key: str) -> Stamped:
    if (earlier.customer_id, earlier.card) != (customer_id, card_key):
        raise ledger.KeyReused(earlier.key)
    full = Redemption.objects.filter(origin=f"stamps:{card_key}", key__startswith=f"{earlier.key}:full")
    rewards = tuple(full.filter(customer=customer_id).order_by("pk"))
    return Stamped(_after(customer_id, card_key), rewards[-1] if rewards else None, rewards, is_new=False)


def _after(customer_id: int, card_key: str) -> int:
    newest = Stamp.objects.filter(customer=customer_id, card=card_key).order_by("-pk").values_list("after", flat=True)
    return newest.first() or 0


def _card(card_key: str, at: datetime) -> StampCard:
    version = in_force(at)
    card = next((card for card in version.terms.stamps if card.key == card_key), None) if version else None
    if card is None:
        raise CannotStamp("unknown_card", _("There is no such card any more."))
    if not card.active:
        raise CannotStamp("inactive", _("This card is not given out at the moment."))
    return card


def _refuse(customer_id: int, card: StampCard, count: int, reason: str, at: datetime) -> None:
    if not 1 <= count <= MOST_STAMPS:
        raise CannotStamp("count", _("Give from 1 to %(most)s stamps.") % {"most": MOST_STAMPS})
    if not Customer.objects.filter(pk=customer_id, merged_into=None, erased_at=None).exists():
        raise CannotStamp("gone", _("This member is not there any more."))
    if reason == "visit" and card.a_day is not None and _today(customer_id, card, at) + count > card.a_day:
        raise CannotStamp("a_day", _("This card takes no more stamps today."))


def _today(customer_id: int, card: StampCard, at: datetime) -> int:
    """Stamps for visits since midnight in the shop's zone, less those undone."""
    zone = shop_time_zone()
    midnight = datetime.combine(at.astimezone(zone).date(), time(), zone)
    given = Stamp.objects.filter(customer=customer_id, card=card.key, at__gte=midnight, order=None)
    return given.filter(reason__in=["visit", "undone"]).aggregate(sum=Sum("change"))["sum"] or 0


@transaction.atomic
def undo(key: str, *, actor: Actor, at: datetime, reason: str = "undone") -> Stamped:
    """Take back what was given under this key, once. The reward of a card it had filled goes, unless it was used: then
    the stamps are owed. `reason` is one word. Raises CannotStamp("unknown_stamp") for a key that gave nothing.
    """
    given = Stamp.objects.filter(key=key, change__gt=0, reason__in=["visit", "staff"]).first()
    if given is None:
        raise CannotStamp("unknown_stamp", _("There is no such stamp."))
    whose = Customer.objects.values_list("merged_into", flat=True).get(pk=given.customer_id) or given.customer_id
    book = Book.of([whose], at=at, actor=actor)
    undone = f"{key}:undone"
    if Stamp.objects.filter(key=undone).exists():
        return Stamped(book.on(whose, given.card).after, None, is_new=False)
    book.take(whose, card_in_force(given.card, at), given.change, reason=reason[:40], key=undone, since=given.pk)
    book.write()
    tiers.review_visits([whose], at=at)
    return Stamped(book.on(whose, given.card).after, None)


def visit(customer_id: int, *, key: str, at: datetime, actor: Actor) -> Sequence[Stamped]:
    """A visit: one stamp on each active card that is stamped by visits, where the day's limit allows it.

    Raises CannotStamp only for a member who is not there any more.
    """
    version = in_force(at)
    found = []
    for card in version.terms.stamps if version else ():
        if card.active and card.by == "visit":
            try:
                found.append(stamp(customer_id, card.key, key=f"{key}:{card.key}", at=at, actor=actor))
            except CannotStamp as refused:
                if refused.code != "a_day":
                    raise
    return found
