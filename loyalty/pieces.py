"""The parts of a draft that are lists: finding, putting, moving and removing one item. Pure functions on the JSON."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

# Where each list stands in the rules.
PATHS: dict[str, tuple[str, ...]] = {
    "rules": ("earning",),
    "stamps": ("stamps",),
    "tiers": ("tiers", "tiers"),
    "rewards": ("rewards",),
}


def items(rules: Mapping[str, Any], part: str) -> list[Json]:
    """The items of a part, in the order in which people see them."""
    found: Any = rules
    for name in PATHS[part]:
        found = found.get(name) or ({} if name != PATHS[part][-1] else [])
    listed = [dict(item) for item in found]
    return sorted(listed, key=lambda item: -item.get("priority", 0)) if part == "rules" else listed


def with_item(rules: Mapping[str, Any], part: str, item: Mapping[str, Any]) -> Json:
    """The rules with this item in the place of the one with its key, else at the end."""
    listed = items(rules, part)
    places = [index for index, known in enumerate(listed) if known.get("key") == item["key"]]
    if places:
        listed[places[0]] = {**listed[places[0]], **item}
    else:
        listed.append(dict(item))
    return _with(rules, part, listed)


def without(rules: Mapping[str, Any], part: str, key: str) -> Json:
    """The rules without the item of this key."""
    return _with(rules, part, [item for item in items(rules, part) if item.get("key") != key])


def moved(rules: Mapping[str, Any], part: str, key: str, step: int) -> Json:
    """The rules with this item so many places further down; at the ends it stays."""
    listed = items(rules, part)
    place = next((index for index, item in enumerate(listed) if item.get("key") == key), None)
    if place is not None:
        item = listed.pop(place)
        listed.insert(min(max(place + step, 0), len(listed)), item)
    return _with(rules, part, listed)


def switched(rules: Mapping[str, Any], part: str, key: str, *, on: bool) -> Json:
    """The rules with this item switched on or off."""
    listed = [{**item, "active": on} if item.get("key") == key else item for item in items(rules, part)]
    return _with(rules, part, listed)


def new_key(kind: str) -> str:
    """A key that no version had: limits and stamps are counted by it."""
    return f"{kind[:24]}-{secrets.token_hex(4)}".strip("-")


def _with(rules: Mapping[str, Any], part: str, listed: list[Json]) -> Json:
    if part == "rules":  # the first has the highest priority
        listed = [{**item, "priority": len(listed) - index} for index, item in enumerate(listed)]
    if part == "tiers":
        plan = {**(rules.get("tiers") or {}), "tiers": sorted(listed, key=lambda tier: tier.get("threshold", 0))}
        return {**rules, "tiers": plan}
    return {**rules, PATHS[part][0]: listed}
