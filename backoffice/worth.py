"""What points mean in money, and rules in plain words: for the programme's pages and the liability on the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from backoffice.figures import typical_order
from backoffice.forms.programme import percent_back
from config import formatting
from loyalty.earning_rules import KINDS, OF_ORDERS, EarningRule
from loyalty.models import ProgrammeVersion
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.starts import usual_order
from loyalty.windows import ALWAYS
from loyalty.words.extra import rule_text
from loyalty.words.rewards import card_text, reward_name, tier_plan, tier_text
from loyalty.words.terms import Line, terms
from loyalty.worked import Setting, Worked, in_its_time, usual_day
from tenants.models import Merchant

__all__ = ["Example", "Line", "examples", "money_of", "percent_back", "plain", "setting_of"]


@dataclass(frozen=True, slots=True)
class Example:
    """What one order or occasion earns, what that is worth, and which rule gave what."""

    title: str
    earned: str
    worth: str
    gave: tuple[tuple[str, str], ...] = ()  # name and signed points; empty where the basic rule gave all


def setting_of(merchant: Merchant, currency: str, at: datetime) -> Setting:
    """Where examples take place: with an order as is usual for this shop, else as is usual anywhere."""
    typical = typical_order(currency=currency, at=at)
    amount = typical or usual_order(currency)
    return Setting(amount, at, shop_time_zone(), merchant.country, is_typical=typical is not None)


def money_of(points: int, version: ProgrammeVersion | None) -> int | None:
    """What points are worth in minor units by this version; None without a programme."""
    return version.terms.worth(points) if version else None


def examples(rules: Rules, unit: str, setting: Setting, *, rule: EarningRule | None = None) -> list[Example]:
    """A usual order on a usual day, on the highest tier, and in the time of the rule that the page is about."""
    found = []
    own = in_its_time(rules, rule, setting) if rule else None
    if own and rule:
        found.append(_example(_title_of_rule(own, rule, rules), own, rules, unit))
    usual = usual_day(rules, setting)
    says_the_same = own and (own.amount, own.gave) == (usual.amount, usual.gave)  # a rule that always holds
    if rule is None or (rule.kind in OF_ORDERS and not says_the_same):
        found.append(_example(_title(rules, setting), usual, rules, unit))
    best = max(rules.tiers.tiers, key=lambda tier: tier.factor, default=None)
    if best and best.factor != 100 and rule is None:
        title = _("The same by a member on {tier}").format(tier=best.label)
        found.append(_example(title, usual_day(rules, setting, tier=best), rules, unit))
    return found


def _title(rules: Rules, setting: Setting) -> str:
    money = formatting.money(max(setting.amount, rules.minimum_minor), rules.currency)
    if setting.is_typical:
        return _("An order of {money}, as is usual for you").format(money=money)
    return _("An order of {money}").format(money=money)


def _title_of_rule(own: Worked, rule: EarningRule, rules: Rules) -> str:
    """Which order: "₩12,000 by Gold, Saturday, 14:00"."""
    if own.amount is None:
        return str(KINDS[rule.kind])
    said = [formatting.money(own.amount, rules.currency)]
    if rule.window != ALWAYS:
        said.append(_("{weekday}, {time}").format(weekday=WEEKDAYS[own.at.weekday()], time=f"{own.at:%H:%M}"))
    if own.tier:
        said.append(own.tier)
    return _("An order that this rule is for: {what}").format(what=" · ".join(said))


def _example(title: str, worked: Worked, rules: Rules, unit: str) -> Example:
    names = {"": _("Basic rule"), "tier": _("Tier {name}")}
    gave = [
        (names.get(one.key, one.name).format(name=one.name), formatting.signed_points(one.points, unit))
        for one in worked.gave
    ]
    worth = formatting.money(rules.worth(worked.points), rules.currency)
    return Example(title, formatting.points(worked.points, unit), worth, tuple(gave) if len(gave) > 1 else ())


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
