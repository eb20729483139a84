"""Rules made ready for many orders: read once, sorted, with everything that can be worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import lcm
from typing import TYPE_CHECKING

from loyalty.earning_rules import OF_ORDERS, EarningRule, Limit
from loyalty.lines import LineIndex
from loyalty.rules import Rules
from loyalty.tier_rules import Tier
from loyalty.windows import When, when

if TYPE_CHECKING:
    from loyalty.evaluation import Facts

MOST_REMEMBERED = 128
NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One active rule, ready to be asked."""

    rule: EarningRule
    key: str
    place: int  # in the order of priority
    rate: int  # of effect "rate": numerator of points for one minor unit, over Compiled.scale
    factor: int  # of effect "multiply"
    minimum: int
    nth: int  # 0: not of this kind
    when: When | None
    bit: int  # of kind "lines": its bit in the masks of lines (lines.py); 0: about all of the order
    stores: frozenset[str]
    tiers: frozenset[str]
    tags: frozenset[str]
    limit: Limit | None

    def applies(self, source: str, at: datetime, local: datetime | None, facts: Facts, counted: int) -> bool:
        """Whether the rule holds for this member, there and then, with so much counted money."""
        if counted < self.minimum or (self.stores and source not in self.stores):
            return False
        if self.tiers and facts.tier not in self.tiers:
            return False
        if self.tags and self.tags.isdisjoint(facts.tags):
            return False
        if self.when is not None and (local is None or not self.when.holds(at, local, facts.holidays)):
            return False
        if self.nth and not self._is_its_turn(facts):
            return False
        return self.limit is None or self._has_room(facts)

    def _is_its_turn(self, facts: Facts) -> bool:
        """The n-th order; and no more often than there were such turns, however late earlier orders arrive."""
        turn, off = divmod(facts.nth, self.nth)
        if off or turn < 1 or (turn > 1 and not self.rule.repeat):
            return False
        used = facts.used.get(self.key)
        return used is None or used.times < turn

    def _has_room(self, facts: Facts) -> bool:
        used, limit = facts.used.get(self.key), self.limit
        if used is None or limit is None:
            return True
        if limit.times_each is not None and used.times >= limit.times_each:
            return False
        if limit.times_a_day is not None and used.times_today >= limit.times_a_day:
            return False
        room = self.room(facts)
        return room is None or room > 0

    def room(self, facts: Facts) -> int | None:
        """Points that this rule may still give; None: no limit."""
        if self.limit is None:
            return None
        used, limit = facts.used.get(self.key), self.limit
        limits = (
            (limit.points_a_day, used.points_today if used else 0),
            (limit.points_a_month, used.points_month if used else 0),
            (limit.points_in_all, used.points_in_all if used else 0),
        )
        return min((most - given for most, given in limits if most is not None), default=None)


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be known of a member before the rules can be asked."""

    nth: bool
    tier: bool
    tags: bool
    holidays: bool
    used: frozenset[str]  # keys of rules of which it matters what they gave this member
    in_all: frozenset[str]  # and what they gave to all
    rewards: bool = False  # what the programme's codes took off

    @property
    def nothing(self) -> bool:
        """Whether the order alone decides."""
        return not (self.nth or self.tier or self.tags or self.holidays or self.used or self.in_all or self.rewards)


def _needs(parts: Sequence[Part], *, tier: bool, rewards: bool) -> Needs:
    return Needs(
        nth=any(part.nth for part in parts),
        tier=tier or any(part.tiers for part in parts),
        tags=any(part.tags for part in parts),
        holidays=any(part.when is not None and part.when.holidays for part in parts),
        used=frozenset(part.key for part in parts if part.limit is not None or part.nth),
        in_all=frozenset(part.key for part in parts if part.limit and part.limit.points_in_all is not None),
        rewards=rewards,
    )


@dataclass(frozen=True, slots=True)
class Compiled:
    """The rules of one version, ready for orders and occasions."""

    rules: Rules
    scale: int  # all money points are whole numbers over this
    basic: int  # numerator of points for one minor unit by the basic rule
    exclusions: tuple[Part, ...]  # leave money out
    money: tuple[Part, ...]  # rates and factors
    bonuses: tuple[Part, ...]  # fixed points
    lines: LineIndex
    occasions: tuple[Part, ...]
    tiers: Mapping[str, Tier]  # those with a factor
    is_linear: bool  # each rule's part can be added up by itself
    keeps_time: bool  # some rule of orders has a window
    needs: Needs  # of orders
    needs_of_occasions: Needs

    @property
    def is_plain(self) -> bool:
        """Only the basic rule: nothing to ask."""
        return not (self.exclusions or self.money or self.bonuses or self.tiers)

    @property
    def of_orders(self) -> tuple[Part, ...]:
        """All rules of orders."""
        return (*self.exclusions, *self.money, *self.bonuses)


_remembered: dict[int, Compiled] = {}


def compiled(rules: Rules) -> Compiled:
    """These rules made ready; the same object is made ready once."""
    known = _remembered.get(id(rules))
    if known is not None and known.rules is rules:
        return known
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    made = _remembered[id(rules)] = _compile(rules)
    return made


def _compile(rules: Rules) -> Compiled:
    active = sorted((rule for rule in rules.earning if rule.active), key=lambda rule: -rule.priority)
    of_orders = [rule for rule in active if rule.kind in OF_ORDERS]
    scale = _scale(rules, of_orders)
    parts = [_part(rule, place, scale) for place, rule in enumerate(of_orders)]
    occasions = tuple(_part(rule, place, 1) for place, rule in enumerate(active) if rule.kind not in OF_ORDERS)
    factors = {tier.key: tier for tier in rules.tiers.tiers if tier.factor != 100}
    return Compiled(
        rules=rules,
        scale=scale,
        basic=rules.earn_points * scale // rules.earn_per,
        exclusions=tuple(part for part in parts if _excludes(part.rule)),
        money=tuple(part for part in parts if part.rule.effect != "points" and not _excludes(part.rule)),
        bonuses=tuple(part for part in parts if part.rule.effect == "points"),
        lines=LineIndex.of({part.bit: part.rule.lines for part in parts if part.bit}),
        occasions=occasions,
        tiers=factors,
        is_linear=rules.stacking == "add"
        and sum(min(p.factor - 100, 0) for p in parts if not _excludes(p.rule)) >= -100,
        keeps_time=any(part.when is not None for part in parts),
        needs=_needs(parts, tier=bool(factors), rewards=rules.count_points_paid),
        needs_of_occasions=_needs(occasions, tier=False, rewards=False),
    )


def _excludes(rule: EarningRule) -> bool:
    return rule.effect == "multiply" and rule.factor == 0


def _scale(rules: Rules, of_orders: list[EarningRule]) -> int:
    """A denominator by which every rate, every product of factors and the tier's factor come out whole."""
    factors = sum(rule.effect == "multiply" for rule in of_orders)
    depth = factors if rules.stacking == "multiply" else min(factors, 1)
    rates = [rule.per for rule in of_orders if rule.effect == "rate"]
    return lcm(rules.earn_per, *rates) * 100 ** (depth + 1)


def _part(rule: EarningRule, place: int, scale: int) -> Part:
    return Part(
        rule=rule,
        key=rule.key,
        place=place,
        rate=rule.points * scale // rule.per if rule.effect == "rate" and rule.per else 0,
        factor=rule.factor,
        minimum=rule.minimum_minor,
        nth=rule.nth if rule.kind == "nth_order" else 0,
        when=when(rule.window),
        bit=1 << place if rule.kind == "lines" else 0,
        stores=frozenset(rule.audience.stores),
        tiers=frozenset(rule.audience.tiers),
        tags=frozenset(rule.audience.tags),
        limit=None if rule.limit == NO_LIMIT else rule.limit,
    )
