"""How a line of a member's history reads, and the rewards, stamps and moments of the portal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.dates import get_timezone_location
from django import template
from django.utils import timezone

from config import formatting
from loyalty import explaining
from loyalty.models import Journal
from loyalty.names import in_language
from loyalty.reward_rules import Reward
from loyalty.stamp_rules import StampCard
from loyalty.stamps import CardStanding
from portal import redeeming

register = template.Library()
MOST_PLACES = 20  # of a stamp card are drawn

ICONS = {
    Journal.Kind.EARN: "shopping-bag",
    Journal.Kind.MATURE: "circle-check",
    Journal.Kind.CLAW_BACK: "undo-2",
    Journal.Kind.ADJUST: "pencil",
    Journal.Kind.EXPIRE: "hourglass",
    Journal.Kind.HOLD: "gift",
    Journal.Kind.CAPTURE: "gift",
    Journal.Kind.VOID: "rotate-ccw",
    Journal.Kind.REVERSE: "rotate-ccw",
    Journal.Kind.TRANSFER: "link",
    Journal.Kind.WRITE_OFF: "trash-2",
}


@register.filter
def explained(arithmetic: dict[str, Any]) -> str:
    """How the number came about, as one sentence in the reader's language; empty when there is nothing to explain."""
    return explaining.explain(arithmetic) if arithmetic else ""


@register.filter
def kind_icon(kind: str) -> str:
    """The picture of a kind of journal (a Lucide name)."""
    return ICONS[Journal.Kind(kind)]


@register.filter
def placed_moment(value: datetime) -> str:
    """A moment with the place whose clock it is: `31 December 2026, 23:59 (Seoul)`."""
    zone = timezone.get_current_timezone_name()
    return f"{formatting.moment(value)} ({_place(zone, formatting.locale())})"


@lru_cache(maxsize=512)
def _place(zone: str, locale: str) -> str:
    return get_timezone_location(zone, locale=locale, return_city=True)


@register.filter
def reward_icon(kind: str) -> str:
    """The picture of a kind of reward (a Lucide name)."""
    return redeeming.ICONS[kind]


@register.filter
def price(reward: Reward, unit: str) -> str:
    """What a reward costs."""
    return redeeming.price(reward, unit)


@register.filter
def places(card: CardStanding) -> list[bool]:
    """The places of a stamp card, stamped or not; a card of very many shows its last places."""
    stamped = min(card.stamps, card.needed)
    first = max(0, min(stamped, card.needed - MOST_PLACES + 1)) if card.needed > MOST_PLACES else 0
    return [place < stamped for place in range(card.needed)][first : first + MOST_PLACES]


@register.filter
def labels(cards: Iterable[StampCard]) -> str:
    """The names of stamp cards, one after the other."""
    return ", ".join(card.label for card in cards)


@register.filter
def description(reward: Reward) -> str:
    """What the shop writes about a reward, in the reader's language."""
    return in_language(reward.description)
