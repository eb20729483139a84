"""Whether the rewards of a programme make sense: an answer for each field, as `rewards.0.percent`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loyalty.checks import (
    LONGEST_NAME,
    LONGEST_TEXT,
    Mistake,
    between,
    is_key,
    is_name,
    is_one_of,
    is_text,
    is_whole,
    is_writable,
    moment,
)
from loyalty.reward_rules import KINDS, ON_REFUND, Reward
from loyalty.stored import names

MOST_REWARDS = 50
WHERE = ("store", "till")
# Smallest and largest value of each whole number. The upper ends keep points and money far from 64 bits.
POINTS = (0, 1_000_000_000)  # 0: not for points, only given
MONEY = (0, 1_000_000_000_000)
RANGES = {
    "points": POINTS,
    "value_minor": MONEY,
    "percent": (0, 100),
    "minimum_minor": MONEY,
    "least_points": POINTS,
    "valid_days": (1, 3650),
}
# These may also be left open.
OPEN_RANGES = {
    "most_points": POINTS,
    "most_value_minor": (1, MONEY[1]),
    "stock": (0, 1_000_000_000),
    "per_member": (1, 10_000),
    "per_days": (1, 3650),
}
NEEDED = frozenset({"name", "points", "value_minor"})

Read = Mapping[str, Any]


def check_rewards(data: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with `data["rewards"]`, of a whole set of rules as JSON."""
    rewards = data.get("rewards", ())
    if not isinstance(rewards, list | tuple) or len(rewards) > MOST_REWARDS:
        yield "rewards", _("List at most %(most)s rewards.") % {"most": MOST_REWARDS}
        return
    known = _tiers(data)
    seen: set[str] = set()
    for index, reward in enumerate(rewards):
        for field, message in _reward(reward, index + 1, known, seen):
            yield f"rewards.{index}.{field}", message


def _tiers(data: Mapping[str, Any]) -> set[str]:
    plan = data.get("tiers")
    tiers = plan.get("tiers", ()) if isinstance(plan, Mapping) else ()
    keys = (tier.get("key") for tier in tiers if isinstance(tier, Mapping)) if isinstance(tiers, list | tuple) else ()
    return {key for key in keys if isinstance(key, str)}


def _reward(reward: Any, place: int, tiers: Collection[str], seen: set[str]) -> Iterator[Mistake]:
    if not isinstance(reward, Mapping) or not set(reward) >= NEEDED or not set(reward) <= names(Reward):
        yield "name", _("A reward has a name, points and a value.")
        return
    yield from _words(reward, reward.get("key") or f"reward-{place}", seen)
    wrong = list(_numbers(reward))
    yield from wrong
    yield from _choices(reward, tiers)
    yield from _times(reward)
    if not wrong:  # the rest compares numbers
        yield from _kind(reward)


def _words(reward: Read, key: Any, seen: set[str]) -> Iterator[Mistake]:
    if not is_name(reward["name"]):
        yield "name", _("Give the reward a name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    if not is_text(reward.get("description", {})):
        yield "description", _("Write at most %(most)s characters.") % {"most": LONGEST_TEXT}
    if not is_key(key):
        yield "key", _("Use small letters, digits and hyphens.")
    elif key in seen:
        yield "key", _("Another reward has this key.")
    else:
        seen.add(key)
    product = reward.get("product", "")
    if not is_writable(product) or len(product) > 100:
        yield "product", _("Write at most %(most)s characters.") % {"most": 100}


def _numbers(reward: Read) -> Iterator[Mistake]:
    for field, (least, most) in RANGES.items():
        if field in reward and (message := between(reward[field], least, most)):
            yield field, message
    for field, (least, most) in OPEN_RANGES.items():
        if reward.get(field) is not None and (message := between(reward[field], least, most)):
            yield field, message
    if reward.get("per_days") is not None and reward.get("per_member") is None:
        yield "per_member", _("Say how many a member may have in that time.")


def _choices(reward: Read, tiers: Collection[str]) -> Iterator[Mistake]:
    if not is_one_of(reward.get("kind", "amount"), KINDS):
        yield "kind", _("Choose what the reward is.")
    if not is_one_of(reward.get("on_refund", "return"), ON_REFUND):
        yield "on_refund", _("Choose what happens to the points.")
    if not isinstance(reward.get("active", True), bool):
        yield "active", _("Choose yes or no.")
    where = reward.get("where", WHERE)
    if not isinstance(where, list | tuple) or not where or not all(is_one_of(place, WHERE) for place in where):
        yield "where", _("Choose where the reward can be used.")
    wanted = reward.get("tiers", ())
    if not isinstance(wanted, list | tuple) or not all(is_one_of(tier, tiers) for tier in wanted):
        yield "tiers", _("There is no such tier.")


def _times(reward: Read) -> Iterator[Mistake]:
    stated = {field: reward.get(field, "") for field in ("starts_at", "ends_at")}
    for field, text in stated.items():
        if text != "" and moment(text) is None:
            yield field, _("Enter a day and a time.")
    starts, ends = (moment(text) for text in stated.values())
    if starts and ends and ends <= starts:
        yield "ends_at", _("The end must come after the beginning.")


def _kind(reward: Read) -> Iterator[Mistake]:
    """What a reward of its kind needs beside a name and a price."""
    needs: Mapping[str, Callable[[Read], Iterator[Mistake]]] = {
        "amount": _money_off,
        "percent": _percent,
        "product": _product,
        "variable": _variable,
        "gift_card": _money_off,
        "store_credit": _money_off,
    }
    kind = reward.get("kind", "amount")
    if isinstance(kind, str) and kind in needs:
        yield from needs[kind](reward)


def _money_off(reward: Read) -> Iterator[Mistake]:
    if not reward["value_minor"]:
        yield "value_minor", _("Say how much it is worth.")


def _percent(reward: Read) -> Iterator[Mistake]:
    if not reward.get("percent"):
        yield "percent", _("Say how many per cent are taken off.")


def _product(reward: Read) -> Iterator[Mistake]:
    """At a storefront it is found by its id; over the counter a name is enough."""
    if not reward.get("product") and "store" in reward.get("where", WHERE):
        yield "product", _("Say which product it is, by its number at the storefront.")
    elif not reward["value_minor"]:
        yield "value_minor", _("Say how much it is worth.")


def _variable(reward: Read) -> Iterator[Mistake]:
    step, least, most = reward["points"], reward.get("least_points", 0), reward.get("most_points")
    yield from _money_off(reward)
    if not step:
        yield "points", _("Say how many points make one step.")
        return
    if least % step:
        yield "least_points", _("Choose a multiple of %(step)s.") % {"step": step}
    if is_whole(most) and (most % step or most < max(least, step)):
        yield "most_points", _("Choose a multiple of %(step)s, not below the least.") % {"step": step}
