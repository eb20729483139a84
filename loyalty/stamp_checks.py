"""Whether the stamp cards of a programme make sense: an answer for each field, as `stamps.0.stamps`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loyalty.checks import LONGEST_NAME, Mistake, between, is_key, is_name, is_one_of
from loyalty.earning_checks import check_lines
from loyalty.stamp_rules import BY, StampCard
from loyalty.stored import names
from loyalty.tier_checks import known_rewards

MOST_CARDS = 10
MONEY = (0, 1_000_000_000_000)
STAMPS = (1, 100)
OPEN_RANGES = {"a_day": (1, 100), "months": (1, 120)}
NEEDED = frozenset({"key", "name", "stamps", "reward"})

Read = Mapping[str, Any]


def check_stamps(data: Read) -> Iterator[Mistake]:
    """What is wrong with `data["stamps"]`, of a whole set of rules as JSON."""
    cards = data.get("stamps", ())
    if not isinstance(cards, list | tuple) or len(cards) > MOST_CARDS:
        yield "stamps", _("List at most %(most)s cards.") % {"most": MOST_CARDS}
        return
    rewards, seen = known_rewards(data), set[str]()
    for index, card in enumerate(cards):
        for field, message in _card(card, rewards, seen):
            yield f"stamps.{index}.{field}", message


def _card(card: Any, rewards: Collection[str], seen: set[str]) -> Iterator[Mistake]:
    if not isinstance(card, Mapping) or not NEEDED <= set(card) <= names(StampCard):
        yield "name", _("A card has a name, a number of stamps and a reward.")
        return
    yield from _key(card["key"], seen)
    yield from _numbers(card)
    if not is_name(card["name"]):
        yield "name", _("Give the card a name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    if not is_one_of(card["reward"], rewards):
        yield "reward", _("Choose a reward of this programme.")
    if not is_one_of(card.get("by", "visit"), BY):
        yield "by", _("Choose what gives a stamp.")
    if not isinstance(card.get("active", True), bool):
        yield "active", _("Choose yes or no.")
    yield from check_lines(card)


def _key(key: Any, seen: set[str]) -> Iterator[Mistake]:
    if not is_key(key):
        yield "key", _("A key has small letters, digits, - and _, at most 40 of them.")
    elif key in seen:
        yield "key", _("Two cards can't have the same key.")
    else:
        seen.add(key)


def _numbers(card: Read) -> Iterator[Mistake]:
    if message := between(card["stamps"], *STAMPS):
        yield "stamps", message
    if message := between(card.get("minimum_minor", 0), *MONEY):
        yield "minimum_minor", message
    for field, (least, most) in OPEN_RANGES.items():
        if card.get(field) is not None and (message := between(card[field], least, most)):
            yield field, message
