"""Rewards, tiers and punch cards in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from loyalty.reward_rules import KINDS, Reward
from loyalty.rules import Rules
from loyalty.stamp_rules import BY, StampCard
from loyalty.tier_rules import METRICS, WINDOWS, Tier, TierPlan
from loyalty.words.extra import BETWEEN, times


def reward_name(reward: Reward, unit: str) -> str:
    """A reward with its price in points."""
    if not reward.points:
        return reward.label
    return _("{name} ({points})").format(name=reward.label, points=formatting.points(reward.points, unit))


def reward_text(reward: Reward, rules: Rules, unit: str) -> str:
    """What it costs, what it is and under which conditions, as short phrases in a row."""
    return BETWEEN.join(_of_reward(reward, rules, unit))


def _of_reward(reward: Reward, rules: Rules, unit: str) -> Iterator[str]:
    def money(minor: int) -> str:
        return formatting.money(minor, rules.currency)

    yield formatting.points(reward.points, unit) if reward.points else _("Not for points, only given")
    yield str(KINDS[reward.kind])
    if reward.kind == "percent":
        yield _("{percent}% off").format(percent=reward.percent)
    yield _("worth {money}").format(money=money(reward.value_minor))
    if reward.minimum_minor:
        yield _("Orders from {money}").format(money=money(reward.minimum_minor))
    if reward.tiers:
        known = {tier.key: tier.label for tier in rules.tiers.tiers}
        yield _("Tiers: {names}").format(names=", ".join(known.get(key, key) for key in reward.tiers))
    yield from _ends_of_reward(reward)


def _ends_of_reward(reward: Reward) -> Iterator[str]:
    if reward.stock is not None:
        yield ngettext("{count} in all", "{count} in all", reward.stock).format(count=formatting.count(reward.stock))
    if reward.per_member is not None:
        text = ngettext("{count} time for each member", "{count} times for each member", reward.per_member)
        yield text.format(count=formatting.count(reward.per_member))
    text = ngettext("valid for {count} day", "valid for {count} days", reward.valid_days)
    yield text.format(count=formatting.count(reward.valid_days))
    if not reward.active:
        yield _("Switched off")


def tier_plan(plan: TierPlan) -> str:
    """How tiers are reached and kept."""
    if not plan.tiers:
        return _("No tiers")
    window = str(WINDOWS[plan.window])
    if plan.window == "rolling":
        text = ngettext("In the last {count} month", "In the last {count} months", plan.months)
        window = text.format(count=formatting.count(plan.months))
    parts = [str(METRICS[plan.metric]), window]
    if plan.grace_days:
        text = ngettext("{count} day of grace", "{count} days of grace", plan.grace_days)
        parts.append(text.format(count=formatting.count(plan.grace_days)))
    return BETWEEN.join(parts)


def threshold(tier: Tier, rules: Rules, unit: str) -> str:
    """What it takes to reach a tier, in the unit of the plan's metric."""
    metric = rules.tiers.metric
    if metric == "spend":
        return _("from {money}").format(money=formatting.money(tier.threshold, rules.currency))
    if metric == "points":
        return _("from {points}").format(points=formatting.points(tier.threshold, unit))
    if metric == "orders":
        text = ngettext("from {count} order", "from {count} orders", tier.threshold)
    else:
        text = ngettext("from {count} visit", "from {count} visits", tier.threshold)
    return text.format(count=formatting.count(tier.threshold))


def tier_text(tier: Tier, rules: Rules, unit: str) -> str:
    """From where, and what it gives, as short phrases in a row."""
    return BETWEEN.join(_of_tier(tier, rules, unit))


def _of_tier(tier: Tier, rules: Rules, unit: str) -> Iterator[str]:
    yield threshold(tier, rules, unit)
    if tier.factor != 100:
        yield _("{times}× the usual points").format(times=times(tier.factor))
    if tier.entry_points:
        yield _("{points} on arrival").format(points=formatting.points(tier.entry_points, unit))
    if tier.entry_reward:
        named = next((reward.label for reward in rules.rewards if reward.key == tier.entry_reward), tier.entry_reward)
        yield _("On arrival: {reward}").format(reward=named)
    if tier.birthday_points:
        yield _("{points} for the birthday").format(points=formatting.points(tier.birthday_points, unit))
    if tier.early_access:
        yield _("Early access")


def card_text(card: StampCard, rules: Rules) -> str:
    """How many stamps for what, as short phrases in a row."""
    return BETWEEN.join(_of_card(card, rules))


def _of_card(card: StampCard, rules: Rules) -> Iterator[str]:
    text = ngettext("{count} stamp", "{count} stamps", card.stamps)
    yield text.format(count=formatting.count(card.stamps))
    yield next((reward.label for reward in rules.rewards if reward.key == card.reward), card.reward)
    yield _("Stamp for: {what}").format(what=str(BY[card.by]))
    if card.minimum_minor:
        yield _("Orders from {money}").format(money=formatting.money(card.minimum_minor, rules.currency))
    if card.a_day is not None:
        yield ngettext("At most {count} a day", "At most {count} a day", card.a_day).format(
            count=formatting.count(card.a_day)
        )
    if card.months is not None:
        text = ngettext("Stamps last {count} month", "Stamps last {count} months", card.months)
        yield text.format(count=formatting.count(card.months))
    if not card.active:
        yield _("Switched off")
