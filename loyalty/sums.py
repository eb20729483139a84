"""The sum of an order's points: the basic rule, what each rule adds, the tier, rounded once; then fixed points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loyalty.compiled import Compiled, Part
from loyalty.rules import Rules
from loyalty.stacking import Extra
from loyalty.tier_rules import Tier

if TYPE_CHECKING:
    from loyalty.evaluation import Facts


@dataclass(slots=True)
class Sums:
    """Points so far, and what is told of them."""

    basic: int
    total: int
    by_rule: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    tier: dict[str, Any] | None = None
    limited: bool = False  # a rule with a limit for the whole programme gave points

    @classmethod
    def of(cls, plan: Compiled, extras: Sequence[Extra], eligible: int, facts: Facts) -> Sums:
        """The points for money. Only sums are rounded, so that each rule's part adds up to the whole."""
        exact = eligible * plan.basic
        basic = rounded(exact, plan)
        sums = cls(basic, basic)
        for extra in extras:
            exact += extra.points
            sums._add(extra.part, rounded(exact, plan) - sums.total, {"money": extra.money})
        if tier := plan.tiers.get(facts.tier):
            sums._lift(tier, rounded(exact * tier.factor // 100, plan) - sums.total)
        return sums

    def give(self, part: Part, points: int, facts: Facts) -> None:
        """Fixed points of a rule, as far as its limits leave room."""
        self._add(part, within(part, points, facts), {})

    def _add(self, part: Part, points: int, more: dict[str, Any]) -> None:
        if not points:
            return
        rule = part.rule
        self.total += points
        self.by_rule[part.key] = points
        told = {"key": part.key, "name": rule.name, "effect": rule.effect, "points": points, **more}
        self.rules.append({**told, "factor": rule.factor} if rule.effect == "multiply" else told)
        self.limited |= part.limit is not None and part.limit.points_in_all is not None

    def _lift(self, tier: Tier, points: int) -> None:
        if points:
            self.total += points
            self.tier = {"key": tier.key, "name": tier.name, "factor": tier.factor, "points": points}

    def told(self, arithmetic: dict[str, Any]) -> dict[str, Any]:
        """The arithmetic with what rules and the tier did, if anything."""
        more: dict[str, Any] = {"rules": self.rules} if self.rules else {}
        if self.tier:
            more["tier"] = self.tier
        if self.limited:
            more["limited"] = True  # an index finds these orders
        return {**arithmetic, "basic": self.basic, **more} if more else arithmetic


def within(part: Part, points: int, facts: Facts) -> int:
    """As many of the points as the rule's limits leave."""
    room = part.room(facts)
    return points if room is None else max(min(points, room), 0)


def rounded(exact: int, plan: Compiled) -> int:
    """Whole points of a numerator over the plan's scale, rounded as the rules say; never below 0."""
    rules: Rules = plan.rules
    if exact <= 0:
        return 0
    step = plan.scale * rules.rounding_unit
    extra = {"floor": 0, "half_up": step // 2, "ceil": step - 1}[rules.rounding]
    return (exact + extra) // step * rules.rounding_unit
