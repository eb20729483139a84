"""What two versions of the programme have in common, as far as it decides about points: what replays need not guess."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from loyalty.compiled import compiled
from loyalty.earning_rules import OF_ORDERS, EarningRule
from loyalty.rules import Rules
from loyalty.tier_rules import TierPlan

# What decides about the points of orders. Rewards, cards and times of use do not.
EARNING = (
    "currency", "earn_points", "earn_per", "rounding", "rounding_unit", "count_tax", "count_shipping",
    "count_gift_cards", "count_points_paid", "minimum_minor", "stacking",
)  # fmt: skip


def essence(rule: EarningRule) -> EarningRule:
    """The rule without what it is called and where it stands."""
    return replace(rule, name={}, priority=0)


def ways(rules: Rules) -> list[EarningRule]:
    """All active rules in their order."""
    active = sorted((rule for rule in rules.earning if rule.active), key=lambda rule: -rule.priority)
    return [essence(rule) for rule in active]


def steps(plan: TierPlan) -> tuple[Any, ...]:
    """What decides who is on which tier."""
    return (plan.metric, plan.window, plan.months, plan.grace_days, [(t.key, t.threshold) for t in plan.tiers])


class Likeness:
    """How much of the draft an earlier version said already."""

    __slots__ = ("everything", "known", "rules", "tags", "tiers")

    def __init__(self, draft: Rules, version: Rules) -> None:
        needs = compiled(version).needs
        self.known = needs
        same_steps = steps(draft.tiers) == steps(version.tiers)
        factors = [[(tier.key, tier.factor) for tier in rules.tiers.tiers] for rules in (draft, version)]
        basic = all(getattr(draft, name) == getattr(version, name) for name in EARNING)
        self.everything = basic and same_steps and factors[0] == factors[1] and ways(draft) == ways(version)
        self.tiers = needs.tier and same_steps
        before = {rule.key: rule for rule in ways(version)}
        self.rules = frozenset(rule.key for rule in ways(draft) if before.get(rule.key) == rule) & needs.used


def staying(draft: Rules, version: Rules) -> frozenset[str]:
    """Keys of what gives for occasions by the draft as it did by an earlier version: rules, and gifts of tiers."""
    same_steps = steps(draft.tiers) == steps(version.tiers)
    before = {rule.key: rule for rule in ways(version)}
    of_occasions = [rule for rule in ways(draft) if rule.kind not in OF_ORDERS]
    rules = {r.key for r in of_occasions if before.get(r.key) == r and (same_steps or not r.audience.tiers)}
    if not same_steps or _birthday_waits(draft) != _birthday_waits(version):
        return frozenset(rules)
    gifts = {tier.key: tier.birthday_points for tier in version.tiers.tiers}
    return frozenset(rules | {f"tier:{t.key}" for t in draft.tiers.tiers if gifts[t.key] == t.birthday_points})


def _birthday_waits(rules: Rules) -> set[int]:
    return {rule.set_before_days for rule in rules.earning if rule.active and rule.kind == "birthday"}


def gives_for_occasions(rules: Rules) -> bool:
    """Whether there is anything but orders that earns."""
    return bool(compiled(rules).occasions) or any(tier.birthday_points for tier in rules.tiers.tiers)
