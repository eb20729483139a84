"""Rules made ready for many orders: read once, sorted, with everything that can be worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import lcm
from typing import TYPE_CHECKING, Any

from loyalty.earning_rules import OF_ORDERS, EarningRule, Limit, LineFilter
from loyalty.rules import Rules
from loyalty.tier_rules import Tier
from loyalty.windows import When, when

if TYPE_CHECKING:
    from loyalty.evaluation import Facts

MOST_REMEMBERED = 128
NO_LIMIT = Limit()


@dataclass(frozen=True, slots=True)
class Lines:
    """A filter of lines with its lists as sets."""

    products: frozenset[str]
    collections: frozenset[str]
    tags: frozenset[str]
    not_products: frozenset[str]
    not_collections: frozenset[str]
    not_tags: frozenset[str]
    least: int | None
    most: int | None

    def match(self, line: Mapping[str, Any]) -> bool:
        """Whether the filter takes this line of an order (LineSnapshot as JSON)."""
        return not (
            (self.collections and self.collections.isdisjoint(line.get("collections", ())))
            or (self.tags and self.tags.isdisjoint(line.get("tags", ())))
            or (self.products and self.products.isdisjoint((line["product_id"], line["sku"])))
            or (self.not_products and not self.not_products.isdisjoint((line["product_id"], line["sku"])))
            or (self.not_collections and not self.not_collections.isdisjoint(line.get("collections", ())))
            or (self.not_tags and not self.not_tags.isdisjoint(line.get("tags", ())))
            or (self.least is not None and line["unit_price"] < self.least)
            or (self.most is not None and line["unit_price"] > self.most)
        )


def lines_of(filtered: LineFilter) -> Lines:
    """The filter ready to be asked."""
    return Lines(
        products=frozenset(filtered.products),
        collections=frozenset(filtered.collections),
        tags=frozenset(filtered.tags),
        not_products=frozenset(filtered.not_products),
        not_collections=frozenset(filtered.not_collections),
        not_tags=frozenset(filtered.not_tags),
        least=filtered.least_price_minor,
        most=filtered.most_price_minor,
    )


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
    lines: Lines | None  # of kind "lines": which
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
    occasions: tuple[Part, ...]
    tiers: Mapping[str, Tier]  # those with a factor
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
        occasions=occasions,
        tiers=factors,
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
        lines=lines_of(rule.lines) if rule.kind == "lines" else None,
        stores=frozenset(rule.audience.stores),
        tiers=frozenset(rule.audience.tiers),
        tags=frozenset(rule.audience.tags),
        limit=None if rule.limit == NO_LIMIT else rule.limit,
    )
