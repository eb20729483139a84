"""A draft as far as it makes sense: what its pages show and reckon with, whatever an older version left there.

What is wrong by itself stands at its default, or is gone with its item. What only does not fit together with another
part, such as a reward that was removed, stays: it is mended where it stands. readiness.py names both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import connection

from loyalty import stored
from loyalty.rules import Rules, WrongRules, with_keys

Json = dict[str, Any]

LARGEST = 1_000_000_000_000  # of a number that may stay although it does not fit
FITS_NOT = re.compile(
    r".*\.(name|description)|stamps\.\d+\.reward|tiers\.tiers\.\d+\.(entry_reward|threshold)|earning\.\d+\.audience\.tiers"
    r"|rewards\.\d+\.(tiers|points|value_minor|percent|product|least_points|most_points|per_member)|expiry_months"
)
NEEDED: Json = {"earn_points": 1, "earn_per": 100}  # and the shop's currency
OF_ITEM = frozenset({"key", "kind", "threshold", "stamps", "points", "value_minor"})  # without these there is none
ROUNDS = 5  # what is left out may leave something else without its match


def shaped(rules: Any) -> Json:
    """The rules with every field, each of its shape; what has none is left out or at its default."""
    return with_keys(stored.read(Rules, rules)).to_json()


def legible(rules: Any) -> Rules:
    """The rules, typed, with nothing that pages could stumble over. Nothing that is asked of them fails."""
    data, seen = shaped(rules), set[str]()
    for _ in range(ROUNDS):
        wrong = [path for path in mistakes(data) if not _may_stay(data, path)]
        if not wrong:
            break
        for path in sorted(wrong, key=_place, reverse=True):  # from behind: places before stay the same
            steps = path.split(".")
            _leave_out(data, _item_of(steps) if path in seen else steps)
        seen |= set(wrong)
        data = shaped(data)
    return stored.read(Rules, data)


def mistakes(rules: Any) -> dict[str, str]:
    """What is wrong with rules that may be anything: a sentence by field."""
    try:
        Rules.from_json(rules)
    except WrongRules as wrong:
        return wrong.errors
    return {}


def _place(path: str) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdecimal() else (-1, step) for step in path.split(".")]


def _item_of(steps: list[str]) -> list[str]:
    """The whole item, where its default is wrong as well."""
    places = [at for at, step in enumerate(steps) if step.isdecimal()]
    return steps[: places[0] + 1] if places else steps


def _may_stay(data: Json, path: str) -> bool:
    if FITS_NOT.fullmatch(path) is None:
        return False
    value: Any = data
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list | tuple) else value[step]
    return not isinstance(value, int) or 0 <= value <= LARGEST


def _leave_out(data: Any, steps: list[str]) -> None:
    """Remove what stands there: a field, or the whole item when it can't be without."""
    owner, at = data, 0
    while at < len(steps) - 1 and not isinstance(owner, list | tuple):
        if isinstance(owner[steps[at]], tuple):
            owner[steps[at]] = list(owner[steps[at]])
        owner, at = owner[steps[at]], at + 1
    if isinstance(owner, list):
        _leave_out_of(owner, steps[at:])
    elif steps[at] == "currency":
        owner["currency"] = getattr(connection.tenant, "currency", "KRW")
    elif steps[at] in NEEDED:
        owner[steps[at]] = NEEDED[steps[at]]
    else:
        owner.pop(steps[at], None)


def _leave_out_of(listed: list[Any], steps: list[str]) -> None:
    index = int(steps[0])
    if index < len(listed) and (len(steps) == 1 or steps[1] in OF_ITEM):
        del listed[index]
    elif index < len(listed) and isinstance(listed[index], Mapping):
        _leave_out(listed[index], steps[1:])
