"""The draft of the programme: saving, being overtaken, readiness, publishing, differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loyalty import drafts, pieces
from loyalty.differences import differences
from loyalty.models import Draft, ProgrammeVersion
from loyalty.programme import current, default_rules
from loyalty.readiness import can_publish, readiness
from loyalty.rules import Rules, WrongRules
from loyalty.starts import start
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty import orders as scene
from tests.shops import NOW

pytestmark = pytest.mark.django_db
KOREAN = default_rules("KR", "KRW")


def save(rules: Rules, revision: int = 0) -> Draft:
    return drafts.save(rules.to_json(), revision=revision, actor=SYSTEM, at=NOW)


def issues(rules: Rules, *, country: str = "KR", usual: int = 0) -> dict[str, str]:
    """Level by field."""
    found = readiness(rules.to_json(), country=country, at=NOW, usual_order=usual)
    return {issue.field: issue.level for issue in found}


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_kept_and_counts_its_revisions(in_cafe: Merchant) -> None:
    first = save(KOREAN)
    second = save(replace(KOREAN, earn_points=2), first.revision)
    assert second.revision == first.revision + 1
    assert drafts.read(second.rules).earn_points == 2


@pytest.mark.parametrize("revision", [0, 1, -1])
def test_who_saw_another_draft_is_overtaken(in_cafe: Merchant, revision: int) -> None:
    save(KOREAN)
    with pytest.raises(drafts.Overtaken) as overtaken:
        save(replace(KOREAN, earn_points=9), revision)
    assert overtaken.value.draft is not None


def test_a_page_of_an_earlier_draft_never_fits_a_later_one(in_cafe: Merchant) -> None:
    old = save(KOREAN)
    drafts.discard(revision=old.revision, actor=SYSTEM, at=NOW)
    drafts.save(KOREAN.to_json(), revision=0, actor=SYSTEM, at=NOW + timedelta(minutes=1))
    with pytest.raises(drafts.Overtaken):
        save(KOREAN, old.revision)


def test_a_draft_may_make_no_sense_yet(in_cafe: Merchant) -> None:
    save(replace(KOREAN, earn_points=0))
    with pytest.raises(WrongRules):
        drafts.publish_draft(revision=Draft.objects.get().revision, actor=SYSTEM, at=NOW)


def test_publishing_takes_the_draft_away(in_cafe: Merchant) -> None:
    draft = save(KOREAN)
    version = drafts.publish_draft(revision=draft.revision, actor=SYSTEM, at=NOW, note="why")
    assert (version.terms, version.note, drafts.draft()) == (KOREAN, "why", None)


def test_a_draft_is_published_for_later(in_cafe: Merchant) -> None:
    scene.publish(KOREAN, at=NOW - timedelta(days=1))
    draft, later = save(replace(KOREAN, earn_points=2)), NOW + timedelta(days=3)
    version = drafts.publish_draft(revision=draft.revision, actor=SYSTEM, at=NOW, in_force_from=later)
    assert version.in_force_from == later


def test_nothing_new_is_not_published(in_cafe: Merchant) -> None:
    scene.publish(KOREAN)
    draft = save(KOREAN)
    with pytest.raises(drafts.NothingChanged):
        drafts.publish_draft(revision=draft.revision, actor=SYSTEM, at=NOW)
    assert current() == ProgrammeVersion.objects.get()


# ── Readiness ───────────────────────────────────────────────────────────────────────────────────


def test_the_usual_rules_are_ready(in_cafe: Merchant) -> None:
    assert issues(KOREAN) == {}


@pytest.mark.parametrize(
    ("changes", "field", "level"),
    [
        ({"earn_points": 0}, "earn_points", "error"),
        ({"rewards": ()}, "rewards", "warning"),
        ({"earn_points": 30}, "earn_points", "warning"),
        ({"expiry_months": 12}, "expiry_months", "warning"),
        ({"expiry_months": None}, "expiry_months", "warning"),
        ({"hold_days": 0}, "hold_days", "warning"),
        ({"notices": ()}, "notices", "warning"),
    ],
)  # fmt: skip
def test_it_asks_what_a_careful_colleague_would(
    in_cafe: Merchant, changes: dict[str, Any], field: str, level: str
) -> None:
    assert issues(replace(KOREAN, **changes))[field] == level


def test_short_lives_of_points_are_questioned_in_korea_alone(in_cafe: Merchant) -> None:
    short = replace(default_rules("GB", "GBP"), expiry_months=12)
    assert "expiry_months" not in issues(short, country="GB")


def test_a_reward_far_away_is_questioned(in_cafe: Merchant) -> None:
    assert issues(KOREAN, usual=1_000)["rewards"] == "warning"


def test_a_dear_reward_is_questioned(in_cafe: Merchant) -> None:
    dear = replace(KOREAN.rewards[0], value_minor=10 * KOREAN.rewards[0].value_minor)
    assert "rewards.0.points" in issues(replace(KOREAN, rewards=(dear, *KOREAN.rewards[1:])))


def test_a_card_without_its_reward_cannot_be_published(in_cafe: Merchant) -> None:
    cafe = start("cafe_stamps", "KR", "KRW").to_json()
    found = readiness(pieces.switched(cafe, "rewards", "free-drink", on=False), country="KR", at=NOW)
    assert [issue.field for issue in found if issue.level == "error"] == ["stamps.0.reward"]
    assert not can_publish(found)


def test_a_tier_that_is_gone_is_missed_where_it_is_named(in_cafe: Merchant) -> None:
    rules = start("tiers", "KR", "KRW").to_json()
    rules["rewards"][0]["tiers"] = ["gold"]
    assert issues(drafts.read(pieces.without(rules, "tiers", "gold")))["rewards.0.tiers"] == "error"


def test_rules_that_meet_are_counted_together(in_cafe: Merchant) -> None:
    double = {"kind": "order", "name": {"en": "Double"}, "effect": "multiply", "factor": 200}
    both = [{**double, "key": "one"}, {**double, "key": "two"}]
    rules = {**KOREAN.to_json(), "earning": both}
    assert "stacking" not in issues(drafts.read({**rules, "stacking": "best"}))
    assert issues(drafts.read({**rules, "stacking": "multiply"}))["stacking"] == "warning"


def test_what_is_over_is_told(in_cafe: Merchant) -> None:
    rule = {"key": "old", "kind": "order", "name": {"en": "Old"}, "points": 5, "window": {"ends_at": "2020-01-01"}}
    assert issues(drafts.read({**KOREAN.to_json(), "earning": [rule]}))["earning.0.window"] == "warning"


# ── Differences ─────────────────────────────────────────────────────────────────────────────────


def told(before: Rules, after: Rules) -> dict[str, tuple[str, str]]:
    return {one.label: (one.before, one.after) for one in differences(before, after, "P")}


def test_the_same_rules_differ_in_nothing() -> None:
    rich = start("tiers", "KR", "KRW")
    assert differences(rich, rich, "P") == []


def test_a_change_is_told_in_words() -> None:
    changed = told(KOREAN, replace(KOREAN, earn_points=3))
    assert changed == {"Earning": ("1 P for every ₩100 spent", "3 P for every ₩100 spent")}


def test_what_is_new_and_what_is_gone_is_told() -> None:
    changed = told(start("cafe_stamps", "KR", "KRW"), start("tiers", "KR", "KRW"))
    assert changed["Visit stamps"][1] == ""
    assert changed["Gold"][0] == ""
    assert changed["Gold"][1].startswith("from ₩1,000,000 · 2× the usual points")


def test_another_name_is_a_change() -> None:
    renamed = replace(KOREAN.rewards[0], name={"en": "A gift"})
    changed = told(KOREAN, replace(KOREAN, rewards=(renamed, *KOREAN.rewards[1:])))
    assert changed["A gift"][0].startswith("₩1,000 off: 1,000 P")


# ── Pieces ──────────────────────────────────────────────────────────────────────────────────────


def test_rules_are_moved_by_their_priority() -> None:
    rules: dict[str, Any] = {"earning": [{"key": "a"}, {"key": "b"}, {"key": "c"}]}
    moved = pieces.moved(pieces.moved(rules, "rules", "c", -1), "rules", "a", -5)
    assert [item["key"] for item in pieces.items(moved, "rules")] == ["a", "c", "b"]
    assert [item["priority"] for item in pieces.items(moved, "rules")] == [3, 2, 1]


def test_tiers_stand_lowest_first() -> None:
    rules: dict[str, Any] = {"tiers": {"tiers": [{"key": "b", "threshold": 9}]}}
    put = pieces.with_item(rules, "tiers", {"key": "a", "threshold": 1})
    assert [tier["key"] for tier in put["tiers"]["tiers"]] == ["a", "b"]
