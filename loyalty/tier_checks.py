"""Whether the tiers of a programme make sense: an answer for each field, as `tiers.tiers.0.threshold`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loyalty.checks import LONGEST_NAME, LONGEST_TEXT, Mistake, between, is_key, is_name, is_one_of, is_text, is_whole
from loyalty.stored import names
from loyalty.tier_rules import METRICS, WINDOWS, Tier, TierPlan

MOST_TIERS = 10
POINTS = (0, 1_000_000_000)
RANGES_OF_PLAN = {"months": (1, 120), "grace_days": (0, 365)}
RANGES = {
    "threshold": (0, 1_000_000_000_000),
    "factor": (100, 10_000),  # hundredths: a tier never earns less than nobody
    "entry_points": POINTS,
    "birthday_points": POINTS,
}
NEEDED = frozenset({"key", "name", "threshold"})

Read = Mapping[str, Any]


def check_tiers(data: Read) -> Iterator[Mistake]:
    """What is wrong with `data["tiers"]`, of a whole set of rules as JSON."""
    plan = data.get("tiers", {})
    if not isinstance(plan, Mapping) or not set(plan) <= names(TierPlan):
        yield "tiers", _("These are no tiers.")
        return
    for field, message in _plan(plan):
        yield f"tiers.{field}", message
    tiers = plan.get("tiers", ())
    if not isinstance(tiers, list | tuple) or len(tiers) > MOST_TIERS:
        yield "tiers.tiers", _("List at most %(most)s tiers.") % {"most": MOST_TIERS}
        return
    yield from _tiers(tiers, known_rewards(data))


def known_rewards(data: Read) -> set[str]:
    """The keys of the rewards that these rules name, as far as they can be read; those without one have their place."""
    rewards = data.get("rewards", ())
    if not isinstance(rewards, list | tuple):
        return set()
    return {str(r.get("key") or f"reward-{place}") for place, r in enumerate(rewards, 1) if isinstance(r, Mapping)}


def _plan(plan: Read) -> Iterator[Mistake]:
    if not is_one_of(plan.get("metric", "spend"), METRICS):
        yield "metric", _("Choose what counts.")
    if not is_one_of(plan.get("window", "rolling"), WINDOWS):
        yield "window", _("Choose over which time it counts.")
    for field, (least, most) in RANGES_OF_PLAN.items():
        if field in plan and (message := between(plan[field], least, most)):
            yield field, message


def _tiers(tiers: Collection[Any], rewards: Collection[str]) -> Iterator[Mistake]:
    seen: set[str] = set()
    before: int | None = None
    for index, tier in enumerate(tiers):
        if not isinstance(tier, Mapping) or not NEEDED <= set(tier) <= names(Tier):
            yield f"tiers.tiers.{index}.name", _("A tier has a name and a threshold.")
            continue
        for field, message in (*_tier(tier, rewards), *_key(tier["key"], seen), *_order(tier["threshold"], before)):
            yield f"tiers.tiers.{index}.{field}", message
        before = tier["threshold"] if is_whole(tier["threshold"]) else before


def _tier(tier: Read, rewards: Collection[str]) -> Iterator[Mistake]:
    if not is_name(tier["name"]):
        yield "name", _("Give the tier a name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    if not is_text(tier.get("description", {})):
        yield "description", _("Write at most %(most)s characters.") % {"most": LONGEST_TEXT}
    for field, (least, most) in RANGES.items():
        if field in tier and (message := between(tier[field], least, most)):
            yield field, message
    if not isinstance(tier.get("early_access", False), bool):
        yield "early_access", _("Choose yes or no.")
    reward = tier.get("entry_reward", "")
    if reward and not is_one_of(reward, rewards):
        yield "entry_reward", _("Choose a reward of this programme.")


def _key(key: Any, seen: set[str]) -> Iterator[Mistake]:
    if not is_key(key):
        yield "key", _("A key has small letters, digits, - and _, at most 40 of them.")
    elif key in seen:
        yield "key", _("Two tiers can't have the same key.")
    else:
        seen.add(key)


def _order(threshold: Any, before: int | None) -> Iterator[Mistake]:
    if before is not None and is_whole(threshold) and threshold <= before:
        yield "threshold", _("Each tier needs more than the one before it.")
