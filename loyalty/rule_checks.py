"""Whether submitted or stored rules make sense, with an answer per field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from config.money import KNOWN_CURRENCIES
from loyalty.reward_rules import Reward
from loyalty.stored import names

# Smallest and largest value of each whole number. The upper ends keep points and money far from 64 bits.
RANGES = {
    "earn_points": (1, 1_000_000),
    "earn_per": (1, 1_000_000_000),
    "minimum_minor": (0, 1_000_000_000_000),
    "hold_days": (0, 365),
    "worth_of_100": (0, 1_000_000_000),
}
EXPIRY_MONTHS = (1, 120)
REWARD_POINTS = (1, 1_000_000_000)
REWARD_VALUE = (0, 1_000_000_000_000)
MOST_REWARDS = 20
LONGEST_NAME = 60
ROUNDING_UNITS = (1, 10, 100, 1000)
FLAGS = ("count_tax", "count_shipping", "count_gift_cards", "count_points_paid")
REQUIRED = ("currency", "earn_points", "earn_per")

Mistake = tuple[str, str]  # field, message


class WrongRules(ValueError):
    """The rules make no sense. `errors` maps each wrong field, e.g. `rewards.0.points`, to a sentence for people."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = errors


def check(data: Mapping[str, Any], *, known: Collection[str]) -> None:
    """Raise WrongRules unless `data` is a whole set of rules."""
    steps: tuple[Callable[[Mapping[str, Any]], Iterator[Mistake]], ...] = (_numbers, _choices, _expiry, _rewards)
    mistakes = [(field, _("This is needed.")) for field in REQUIRED if field not in data]
    mistakes += [(field, _("There is no such rule.")) for field in data if field not in known]
    for step in steps:
        mistakes += step(data)
    if mistakes:
        raise WrongRules(dict(reversed(mistakes)))  # the first message of a field wins


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _one_of(value: Any, choices: Collection[str]) -> bool:
    return isinstance(value, str) and value in choices


def _between(value: Any, least: int, most: int) -> str | None:
    if _whole(value) and least <= value <= most:
        return None
    return _("Enter a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}


def _numbers(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for field, (least, most) in RANGES.items():
        if field in data and (message := _between(data[field], least, most)):
            yield field, message


def _choices(data: Mapping[str, Any]) -> Iterator[Mistake]:
    if "currency" in data and not _one_of(data["currency"], KNOWN_CURRENCIES):
        yield "currency", _("This currency is not known.")
    if not _one_of(data.get("rounding", "floor"), ("floor", "half_up", "ceil")):
        yield "rounding", _("Choose how to round.")
    if not _whole(unit := data.get("rounding_unit", 1)) or unit not in ROUNDING_UNITS:
        yield "rounding_unit", _("Choose 1, 10, 100 or 1,000.")
    for flag in FLAGS:
        if not isinstance(data.get(flag, False), bool):
            yield flag, _("Choose yes or no.")


def _expiry(data: Mapping[str, Any]) -> Iterator[Mistake]:
    months = data.get("expiry_months")
    if months is None:
        return
    if message := _between(months, *EXPIRY_MONTHS):
        yield "expiry_months", message
    elif _whole(hold := data.get("hold_days", 0)) and months * 28 <= hold:
        yield "expiry_months", _("Points would expire before they can be used.")


def _rewards(data: Mapping[str, Any]) -> Iterator[Mistake]:
    rewards = data.get("rewards", ())
    if not isinstance(rewards, list | tuple) or len(rewards) > MOST_REWARDS:
        yield "rewards", _("List at most %(most)s rewards.") % {"most": MOST_REWARDS}
        return
    for index, reward in enumerate(rewards):
        for field, message in _reward(reward):
            yield f"rewards.{index}.{field}", message


def _reward(reward: Any) -> Iterator[Mistake]:
    if not isinstance(reward, Mapping) or not {"name", "points", "value_minor"} <= set(reward) <= names(Reward):
        yield "name", _("A reward has a name, points and a value.")
        return
    if message := _between(reward["points"], *REWARD_POINTS):
        yield "points", message
    if message := _between(reward["value_minor"], *REWARD_VALUE):
        yield "value_minor", message
    if not _is_name(reward["name"]):
        yield "name", _("Give the reward a name of at most %(most)s characters.") % {"most": LONGEST_NAME}


def _is_name(name: Any) -> bool:
    if not isinstance(name, Mapping) or not all(isinstance(text, str) for text in (*name, *name.values())):
        return False
    return any(text.strip() for text in name.values()) and all(len(text) <= LONGEST_NAME for text in name.values())
