"""What changed from one version of the programme to another, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from loyalty.earning_rules import STACKING
from loyalty.rules import Rules
from loyalty.words.extra import rule_text
from loyalty.words.rewards import card_text, reward_text, tier_plan, tier_text
from loyalty.words.terms import terms


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. `before` is empty for what is new, `after` for what is gone."""

    label: str
    before: str
    after: str
    part: str = "earning"


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing of a programme, in words; `field` tells which, over versions."""

    field: str
    label: str
    text: str
    part: str


def differences(before: Rules, after: Rules, unit: str) -> list[Difference]:
    """What a later version says otherwise, in the order in which people ask. `unit` is what points are called."""
    old = {said.field: said for said in _said(before, unit)}
    new = {said.field: said for said in _said(after, unit)}
    gone = [Difference(said.label, said.text, "", said.part) for field, said in old.items() if field not in new]
    return [*_changed(old, new), *gone]


def _changed(old: dict[str, _Said], new: dict[str, _Said]) -> Iterator[Difference]:
    for field, said in new.items():
        was = old.get(field)
        if was is None:
            yield Difference(said.label, "", said.text, said.part)
        elif was.label != said.label:
            yield Difference(said.label, f"{was.label}: {was.text}", f"{said.label}: {said.text}", said.part)
        elif was.text != said.text:
            yield Difference(said.label, was.text, said.text, said.part)


def _said(rules: Rules, unit: str) -> Iterator[_Said]:
    for line in terms(rules, unit):
        yield _Said(line.field, line.label, line.value, line.part)
    yield _Said("stacking", _("Rules that meet"), str(STACKING[rules.stacking]), "rules")
    for rule in rules.earning:
        yield _Said(f"earning.{rule.key}", rule.label, rule_text(rule, rules, unit), "rules")
    for card in rules.stamps:
        yield _Said(f"stamps.{card.key}", card.label, card_text(card, rules), "stamps")
    yield _Said("tiers", _("Tiers"), tier_plan(rules.tiers), "tiers")
    for tier in rules.tiers.tiers:
        yield _Said(f"tiers.{tier.key}", tier.label, tier_text(tier, rules, unit), "tiers")
    for reward in rules.rewards:
        yield _Said(f"rewards.{reward.key}", reward.label, reward_text(reward, rules, unit), "rewards")
