"""Whether a draft can be published, and what a careful colleague would ask before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from customers import coupons
from loyalty.at_stores import makers, objections_of, wish_of
from loyalty.legible import legible, mistakes
from loyalty.programme import OTHER_TERMS, TERMS, shop_time_zone
from loyalty.rules import Rules
from loyalty.words.extra import times

MUCH_BACK = 20  # per cent: more than most shops earn on what they sell
MUCH_TIMES = 300  # hundredths: from here on rules that meet surprise
FAR = 30  # so many usual orders until the first reward is long


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to look at. `field` is where: a path into the rules, e.g. `rewards.2.points` or `expiry_months`."""

    field: str
    message: str
    level: str  # "error": can't be published so; "warning": can, but think


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the questions are asked about."""

    rules: Rules
    country: str
    at: datetime
    usual: int  # what an order usually comes to, in minor units; 0: not known


def readiness(rules: Mapping[str, Any], *, country: str, at: datetime, usual_order: int = 0) -> list[Issue]:
    """All there is to say about these rules, errors first. `country` is the shop's; `usual_order` in minor units."""
    asked = _Asked(legible(rules), country, at, usual_order)
    issues = [*_errors(rules), *_dangling(asked.rules)]
    known = {issue.field for issue in issues}
    issues += [issue for issue in _at_stores(asked) if issue.field not in known]
    for question in QUESTIONS:
        issues += [Issue(field, text, "warning") for field, text in question(asked) if field not in known]
    return sorted(issues, key=lambda issue: issue.level != "error")


def can_publish(issues: list[Issue]) -> bool:
    """Whether nothing among these forbids it."""
    return all(issue.level != "error" for issue in issues)


def _errors(rules: Mapping[str, Any]) -> Iterator[Issue]:
    for field, message in mistakes(rules).items():
        yield Issue(field, message, "error")


def _dangling(rules: Rules) -> Iterator[Issue]:
    """What points to something that is not there."""
    active = {reward.key for reward in rules.rewards if reward.active}
    for index, card in enumerate(rules.stamps):
        if card.active and card.reward not in active:
            text = _("A full card gives a reward that is missing or switched off. Choose another.")
            yield Issue(f"stamps.{index}.reward", text, "error")
    for index, tier in enumerate(rules.tiers.tiers):
        if tier.entry_reward and tier.entry_reward not in active:
            text = _("The reward on arrival is missing or switched off. Choose another, or none.")
            yield Issue(f"tiers.tiers.{index}.entry_reward", text, "error")
    yield from _unknown_tiers(rules)


def _unknown_tiers(rules: Rules) -> Iterator[Issue]:
    known = {tier.key for tier in rules.tiers.tiers}
    text = _("This is for a tier that no longer exists. Nobody could have it.")
    for index, rule in enumerate(rules.earning):
        if set(rule.audience.tiers) - known:
            yield Issue(f"earning.{index}.audience", text, "error")
    for index, reward in enumerate(rules.rewards):
        if set(reward.tiers) - known:
            yield Issue(f"rewards.{index}.tiers", text, "error")


def _rewards(asked: _Asked) -> Iterator[tuple[str, str]]:
    rules = asked.rules
    buyable = [reward for reward in rules.rewards if reward.active and reward.points]
    if not buyable:
        yield "rewards", _("There is nothing that points can buy yet. Add a reward.")
        return
    least = min(reward.least_points or reward.points for reward in buyable)
    spending = least * rules.earn_per // max(rules.earn_points, 1)
    if asked.usual and spending > FAR * asked.usual:
        text = ngettext(
            "The first reward takes {money} of orders, about {count} order. Members may give up before.",
            "The first reward takes {money} of orders, about {count} orders. Members may give up before.",
            spending // asked.usual,
        )
        money = formatting.money(spending, rules.currency)
        yield "rewards", text.format(money=money, count=formatting.count(spending // asked.usual))


def _dear_rewards(asked: _Asked) -> Iterator[tuple[str, str]]:
    for index, reward in enumerate(asked.rules.rewards):
        worth = asked.rules.worth(reward.points)
        if reward.active and worth and reward.value_minor > 2 * worth:
            text = _("{name} costs you more than twice what its points are worth.")
            yield f"rewards.{index}.points", text.format(name=reward.label)


def _at_stores(asked: _Asked) -> Iterator[Issue]:
    """Rewards whose code a connected storefront can't make."""
    coded = [(index, reward) for index, reward in enumerate(asked.rules.rewards) if reward.active]
    if all((wish := wish_of(reward)) is None or wish.is_plain for _index, reward in coded):
        return
    places = coupons.places()
    for index, reward in coded:
        can_be_had = "till" in reward.where or makers(reward, places)
        for field, text in objections_of(reward, places).items():
            yield Issue(f"rewards.{index}.{field}", text, "warning" if can_be_had else "error")


def _generous(asked: _Asked) -> Iterator[tuple[str, str]]:
    rules = asked.rules
    percent = rules.earn_points * rules.worth_of_100 // max(rules.earn_per, 1)
    if percent >= MUCH_BACK:
        text = _("You give {percent}% of every order back. Is that meant?")
        yield "earn_points", text.format(percent=formatting.count(percent))


def _stacking(asked: _Asked) -> Iterator[tuple[str, str]]:
    """Rules that meet: what the best day of the best customer comes to."""
    rules = asked.rules
    factors = [rule.factor for rule in rules.earning if rule.active and rule.effect == "multiply" and rule.factor > 100]
    best_tier = max((tier.factor for tier in rules.tiers.tiers), default=100)
    together = _together(factors, rules.stacking) * best_tier // 100
    if together >= MUCH_TIMES and len(factors) + (best_tier > 100) > 1:
        text = _("When all rules meet, a member earns {times}× the usual points. Is that meant?")
        yield "stacking", text.format(times=times(together))


def _together(factors: list[int], stacking: str) -> int:
    if stacking == "multiply":
        product = 100
        for factor in factors:
            product = product * factor // 100
        return product
    if stacking == "add":
        return 100 + sum(factor - 100 for factor in factors)
    return max(factors, default=100)


def _over(asked: _Asked) -> Iterator[tuple[str, str]]:
    for index, rule in enumerate(asked.rules.earning):
        if rule.active and _is_past(rule.window.ends_at, asked.at):
            yield f"earning.{index}.window", _("{name} is over already.").format(name=rule.label)
    for index, reward in enumerate(asked.rules.rewards):
        if reward.active and _is_past(reward.ends_at, asked.at):
            yield f"rewards.{index}.ends_at", _("{name} is over already.").format(name=reward.label)


def _is_past(text: str, at: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=shop_time_zone())) <= at


def _expiry(asked: _Asked) -> Iterator[tuple[str, str]]:
    rules = asked.rules
    _days, usual = TERMS.get(asked.country, OTHER_TERMS)
    if rules.expiry_months is None:
        yield "expiry_months", _("Points never expire, so what you owe to members only grows. Look at the liability.")
    elif rules.expiry_months < usual and asked.country == "KR":
        text = _(
            "In Korea points should last at least {years} years: shorter lives were criticised by the authorities."
        )
        yield "expiry_months", text.format(years=usual // 12)
    if rules.expiry_months is not None and not rules.notices:
        yield "notices", _("Nothing expires without a notice before it. Choose when members are told.")


def _hold(asked: _Asked) -> Iterator[tuple[str, str]]:
    days, _months = TERMS.get(asked.country, OTHER_TERMS)
    if asked.rules.hold_from == "paid" and asked.rules.hold_days < days:
        text = ngettext(
            "Online orders can be sent back for {days} day. Points used before that are missing when they are.",
            "Online orders can be sent back for {days} days. Points used before that are missing when they are.",
            days,
        )
        yield "hold_days", text.format(days=days)


QUESTIONS: tuple[Callable[[_Asked], Iterator[tuple[str, str]]], ...] = (
    _rewards, _generous, _stacking, _dear_rewards, _over, _expiry, _hold,
)  # fmt: skip
