"""Rules that may be anything: each place of a programme is spoilt; what is wrong is named, and nothing else fails."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loyalty import drafts, pieces
from loyalty.compiled import compiled
from loyalty.differences import differences
from loyalty.legible import legible, mistakes
from loyalty.programme import default_rules
from loyalty.readiness import readiness
from loyalty.rules import Rules
from loyalty.starts import start
from tests.shops import NOW

pytestmark = pytest.mark.django_db

EARNING = [
    {
        "key": "weekend", "kind": "lines", "name": {"en": "Weekend"}, "effect": "multiply", "factor": 200,
        "lines": {"tags": ["cake"], "least_price_minor": 1, "most_price_minor": 9},
        "window": {"starts_at": "2026-11-20", "weekdays": [5, 6], "from_time": "14:00", "to_time": "02:00"},
        "audience": {"tiers": ["gold"], "stores": ["till"]}, "limit": {"times_a_day": 1, "points_in_all": 9},
    },
    {"key": "rate", "kind": "order", "name": {"en": "Rate"}, "effect": "rate", "points": 1, "per": 100},
    {"key": "third", "kind": "nth_order", "name": {"en": "Third"}, "points": 1, "nth": 3},
    {"key": "class", "kind": "custom", "name": {"en": "Class"}, "points": 1, "event": "class", "url": "https://x.kr"},
]  # fmt: skip
CAPPED = {
    "key": "part", "kind": "percent", "name": {"en": "Part"}, "points": 1, "value_minor": 1, "percent": 10,
    "most_value_minor": 5, "tiers": ["gold"], "starts_at": "2026-11-20T12:00:00+09:00", "per_member": 1, "per_days": 2,
}  # fmt: skip
STEPS = {"key": "step", "kind": "variable", "name": {"en": "Step"}, "points": 10, "value_minor": 1, "most_points": 50}


def whole() -> dict[str, Any]:
    """A programme that uses everything, as JSON."""
    rules = start("cafe_stamps", "KR", "KRW").to_json()
    tiers = start("tiers", "KR", "KRW").to_json()["tiers"]
    tiers["tiers"][0]["entry_reward"] = "free-drink"
    rules |= {"earning": EARNING, "tiers": tiers, "rewards": [*rules["rewards"], CAPPED, STEPS]}
    found: dict[str, Any] = json.loads(json.dumps(Rules.from_json(rules).to_json()))
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every field and item."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for step, item in inner for found in places(item, (*path, step)))]


WHOLE = whole()
DEEP: Any = json.loads("[" * 200 + "]" * 200)
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([0, -1, 7, 10**9, 10**30, 2**63, 1.5, float("nan")]),
    st.sampled_from(["", " ", "7", "gold", "free-drink", "key with spaces", "a\0b", "\ud800", "x" * 600]),
    st.sampled_from(["2026-11-20", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "25:00", "soon"]),
    st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {"ko": 7}, {"en": ""}, [True], DEEP, {"key": DEEP}]),
)  # fmt: skip


def spoilt(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """The programme with these places overwritten; a place that is gone meanwhile stays so."""
    rules = copy.deepcopy(WHOLE)
    for path, value in changes:
        if not path:
            rules = value
            continue
        owner: Any = rules
        try:
            for step in path[:-1]:
                owner = owner[step]
            owner[path[-1]] = value
        except (LookupError, TypeError):
            continue
    return rules


CHANGES = st.lists(st.tuples(st.sampled_from(places(WHOLE)), JUNK), min_size=1, max_size=3)
FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_it_begins_with_rules_that_are_right() -> None:
    assert json.loads(json.dumps(Rules.from_json(WHOLE).to_json())) == WHOLE


@given(path=st.sampled_from(places(WHOLE)[1:]), value=JUNK)
@example(path=("earning", 0, "window", "ends_at"), value=None)
@example(path=("rewards", 0, "name", "en"), value="a\0b")
@FEW
def test_what_is_wrong_is_named_with_its_place(path: tuple[Any, ...], value: Any) -> None:
    rules = spoilt([(path, value)])
    wrong = mistakes(rules)
    assert all(isinstance(text, str) and text for text in (*wrong, *wrong.values()))
    if wrong:
        own = path[0] in {field.split(".")[0] for field in wrong}
        assert own or path[-1] in ("key", "tiers", "rewards")  # others name it
    else:
        read = Rules.from_json(rules)
        assert Rules.from_json(json.loads(json.dumps(read.to_json()))) == read
        json.dumps(read.to_json(), ensure_ascii=False).encode()
        compiled(read)


@given(changes=CHANGES)
@example(changes=[((), None)])
@example(changes=[(("earn_per",), 0), (("currency",), [])])
@example(changes=[(("tiers",), 3), (("rewards",), [None]), (("stamps",), "x")])
@FEW
@pytest.mark.usefixtures("in_cafe")
def test_a_draft_of_any_kind_is_shown_and_its_problems_are_told(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    stated = spoilt(changes)
    kept, rules = drafts.shaped(stated), drafts.read(stated)
    readiness(stated, country="KR", at=NOW, usual_order=10_000)
    with translation.override("en"):
        differences(default_rules("KR", "KRW"), rules, "P")
    assert (rules.earn_per > 0, rules.points_for(10_000) >= 0, compiled(rules).scale > 0) == (True, True, True)
    for part in pieces.PATHS:
        pieces.items(kept, part)
    assert legible(kept) == rules
