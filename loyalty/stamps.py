"""Punch cards: stamps given and taken back, full cards, and how a member's cards stand. See docs/stamps.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.models import Redemption
from loyalty.stamp_rules import StampCard
from staff.actors import Actor

__all__ = ["CannotStamp", "CardStanding", "Stamped", "cards", "stamp", "undo", "visit"]


class CannotStamp(Exception):
    """No stamp can be given or taken back. `code`: unknown_card, inactive, a_day, count, gone, unknown_stamp."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
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


def cards(customer_id: int, *, at: datetime) -> list[CardStanding]:
    """The member's cards in the order of the programme in force then: all active ones, with or without stamps."""
    raise NotImplementedError


def stamp(
    customer_id: int,
    card_key: str,
    count: int = 1,
    *,
    reason: str = "visit",
    key: str,
    at: datetime,
    actor: Actor,
    order_id: int | None = None,
) -> Stamped:
    """Give stamps; a full card becomes its reward at once and the rest begins the next card. Once for each key.

    Raises CannotStamp.
    """
    raise NotImplementedError


def undo(key: str, *, actor: Actor, at: datetime, reason: str = "undone") -> Stamped:
    """Take back what was given under this key, once. The reward of a card it had filled goes, unless it was used.

    Raises CannotStamp for a key that gave nothing.
    """
    raise NotImplementedError


def visit(customer_id: int, *, key: str, at: datetime, actor: Actor) -> Sequence[Stamped]:
    """A visit: one stamp on each active card that is stamped by visits, where the day's limit allows. Never raises
    for a limit.
    """
    raise NotImplementedError
