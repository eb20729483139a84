"""One member's past orders by the draft: what would have been known of them at each order, and what each gives.

Where the draft says what the order's own version said, what was known then is taken as it was kept with the order. So
the present programme, replayed, gives what was really issued. What only the draft asks for is worked out step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo

from customers.models import Order
from loyalty.climbing import Climber
from loyalty.compiled import compiled
from loyalty.earning_rules import EarningRule
from loyalty.evaluation import NOTHING_KNOWN, Evaluation, Facts, counted, evaluate
from loyalty.facts import holidays_around
from loyalty.models import ProgrammeVersion
from loyalty.past_orders import PastOrder
from loyalty.rules import Rules
from loyalty.tier_rules import TierPlan
from loyalty.usage import Usage

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


class Script:
    """The draft, ready to be replayed: the same for all members."""

    def __init__(self, rules: Rules, zone: ZoneInfo, in_all: Mapping[str, int] | None = None) -> None:
        self.rules, self.zone = rules, zone
        self.plan = compiled(rules)
        self.in_all = dict(in_all or {})  # what rules with a limit for all members have given so far
        self._likeness: dict[int | None, Likeness | None] = {None: None}
        self._holidays: dict[date, frozenset[date]] = {}

    @cached_property
    def versions(self) -> dict[int, Rules]:
        """All versions by id."""
        return {version.pk: version.terms for version in ProgrammeVersion.objects.all()}

    def likeness(self, version_id: int | None) -> Likeness | None:
        """How like the draft this version is; None for none."""
        if version_id not in self._likeness:
            self._likeness[version_id] = Likeness(self.rules, self.versions[cast(int, version_id)])
        return self._likeness[version_id]

    def holidays(self, at: datetime) -> frozenset[date]:
        """Public holidays around that moment; each day is looked up once."""
        day = at.astimezone(self.zone).date()
        if day not in self._holidays:
            self._holidays[day] = holidays_around(at, self.zone)
        return self._holidays[day]

    @property
    def needs_history(self) -> bool:
        """Whether earlier orders say something about later ones."""
        return self.plan.needs.nth or self.plan.needs.tier


class Member:
    """One member on the way through their orders."""

    __slots__ = ("climber", "nth", "script", "tags", "usage")

    def __init__(self, script: Script, tags: frozenset[str]) -> None:
        self.script, self.tags = script, tags
        self.nth = 0
        self.climber = Climber(script.rules.tiers) if script.plan.needs.tier else None
        self.usage = Usage(script.zone) if script.plan.needs.used else None

    def pass_by(self, order: PastOrder) -> None:
        """An order before the time that is replayed: it only counts."""
        if order.state == "paid":
            self.nth += 1
            self._climb(order, order.posted)

    def take(self, order: PastOrder) -> Evaluation:
        """What the order earns by the draft."""
        script = self.script
        if order.state == "paid":
            self.nth += 1
        facts = NOTHING_KNOWN if script.plan.needs.nothing else self._facts(order)
        found = evaluate(cast(Order, order), script.rules, facts, script.zone)
        if self.usage is not None and found.by_rule:
            self._learn(order, found.by_rule)
        if order.state == "paid":
            self._climb(order, found.points)
        return found

    def _learn(self, order: PastOrder, by_rule: Mapping[str, int]) -> None:
        assert self.usage is not None
        needs = self.script.plan.needs
        self.usage.learn(order.customer_id, order.placed_at, by_rule, needs.used)
        for key in by_rule.keys() & needs.in_all:
            self.script.in_all[key] = self.script.in_all.get(key, 0) + by_rule[key]

    def _climb(self, order: PastOrder, points: int) -> None:
        if self.climber is None or 0 < order.total <= order.refunded:
            return
        rules = self.script.rules
        amount = {
            "spend": lambda: (
                sum(counted(cast(Order, order), rules).values()) if order.currency == rules.currency else 0
            ),
            "points": lambda: points,
        }.get(rules.tiers.metric, lambda: 1)()
        self.climber.count(amount, order.placed_at.astimezone(self.script.zone).replace(tzinfo=None))

    def _facts(self, order: PastOrder) -> Facts:
        like = self.script.likeness(order.version_id)
        if like is None or (order.facts is None and not like.everything):
            return self._simulated(order)
        kept = Facts.from_json({name: value for name, value in (order.facts or {}).items() if name != "frozen"})
        return kept if like.everything else self._mixed(order, kept, like)

    def _simulated(self, order: PastOrder) -> Facts:
        """What would have been known, had the draft been in force all the time."""
        needs, local = self.script.plan.needs, order.placed_at.astimezone(self.script.zone).replace(tzinfo=None)
        tier = self.climber.tier(local) if self.climber else None
        return Facts(
            nth=self.nth if needs.nth else 0,
            tier=tier.key if tier else "",
            tags=self.tags if needs.tags else frozenset(),
            used=self._used(order),
            holidays=self.script.holidays(order.placed_at) if needs.holidays else frozenset(),
            reward_paid=sum(value or 0 for value in order.codes.values()) if needs.rewards else 0,
        )

    def _used(self, order: PastOrder) -> dict[str, Any]:
        if self.usage is None:
            return {}
        needs = self.script.plan.needs
        for key in needs.in_all:
            self.usage.in_all[key] = self.script.in_all.get(key, 0)
        return self.usage.of(order.customer_id, order.placed_at, needs.used)

    def _mixed(self, order: PastOrder, kept: Facts, like: Likeness) -> Facts:
        """What was kept where the draft says the same, else what is worked out."""
        made, known = self._simulated(order), like.known
        used = {key: value for key, value in made.used.items() if key not in like.rules}
        return replace(
            made,
            nth=kept.nth if known.nth else made.nth,
            tier=kept.tier if like.tiers else made.tier,
            tags=kept.tags if known.tags else made.tags,
            used=used | {key: value for key, value in kept.used.items() if key in like.rules},
            holidays=kept.holidays if known.holidays else made.holidays,
            reward_paid=kept.reward_paid if known.rewards else made.reward_paid,
        )


def replayed(
    orders: Iterable[PastOrder], since: datetime, script: Script, tags: Mapping[int, frozenset[str]]
) -> Iterator[tuple[PastOrder, Evaluation]]:
    """Each order from `since` on with what it earns by the draft. Orders of one member stand together, oldest first."""
    member: Member | None = None
    who = 0
    for order in orders:
        if member is None or order.customer_id != who:
            who, member = order.customer_id, Member(script, tags.get(order.customer_id, frozenset()))
        if order.placed_at < since:
            member.pass_by(order)
        else:
            yield order, member.take(order)
