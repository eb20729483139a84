"""What points mean in money, and rules in plain words: for the programme's pages and the liability on the home page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from backoffice.forms.programme import percent_back
from config import formatting
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from loyalty.starts import usual_order
from loyalty.words.extra import rule_text, times
from loyalty.words.rewards import card_text, reward_name, tier_plan, tier_text
from loyalty.words.terms import Line, terms

__all__ = ["Example", "Line", "examples", "money_of", "percent_back", "plain"]


@dataclass(frozen=True, slots=True)
class Example:
    """What one order earns, and what that is worth. `who`: on which tier; empty: everybody."""

    spent: str
    earned: str
    worth: str
    who: str = ""


def money_of(points: int, version: ProgrammeVersion | None) -> int | None:
    """What points are worth in minor units by this version; None without a programme."""
    return version.terms.worth(points) if version else None


def examples(rules: Rules, unit: str) -> list[Example]:
    """A small and a larger order, and the small one on the highest tier, as money and points."""
    usual = usual_order(rules.currency)
    listed = [_example(rules, amount, unit) for amount in (usual, 5 * usual)]
    best = max(rules.tiers.tiers, key=lambda tier: tier.factor, default=None)
    if best and best.factor != 100:
        who = _("{tier} ({times}×)").format(tier=best.label, times=times(best.factor))
        listed.append(_example(rules, usual, unit, factor=best.factor, who=who))
    return listed


def _example(rules: Rules, amount: int, unit: str, *, factor: int = 100, who: str = "") -> Example:
    earned = rules.points_for(amount) * factor // 100
    return Example(
        formatting.money(amount, rules.currency),
        formatting.points(earned, unit),
        formatting.money(rules.worth(earned), rules.currency),
        who,
    )


def plain(rules: Rules, unit: str) -> list[Line]:
    """Every rule in plain words, in the order in which people ask. Several of a kind stand on lines of their own."""
    more = [f"{rule.label}: {rule_text(rule, rules, unit)}" for rule in rules.earning if rule.active]
    cards = [f"{card.label}: {card_text(card, rules)}" for card in rules.stamps if card.active]
    tiers = [f"{tier.label}: {tier_text(tier, rules, unit)}" for tier in rules.tiers.tiers]
    rewards = [reward_name(reward, unit) for reward in rules.rewards if reward.active]
    return [
        *terms(rules, unit),
        *_listed("earning", _("More ways to earn"), more, "rules"),
        *_listed("stamps", _("Stamp cards"), cards, "stamps"),
        *_listed("tiers", _("Tiers"), [tier_plan(rules.tiers), *tiers] if tiers else [], "tiers"),
        Line("rewards", _("Rewards"), "\n".join(rewards) or _("None yet"), "rewards"),
    ]


def _listed(field: str, label: str, texts: list[str], part: str) -> list[Line]:
    return [Line(field, label, "\n".join(texts), part)] if texts else []
