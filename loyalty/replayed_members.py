"""One member's past orders and occasions by the draft: what would have been known of them then, and what each gives.

Where the draft says what the order's own version said, what was known then is taken as it was kept with the order. With
an occasion nothing is kept: a rule that stays gives what it really gave. So the present programme, replayed, gives what
was really issued. What only the draft asks for is worked out step by step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from heapq import merge
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from customers.models import Order
from loyalty.climbing import Climber
from loyalty.compiled import Needs, compiled
from loyalty.evaluation import NOTHING_KNOWN, Evaluation, Facts, counted, evaluate, evaluate_occasion
from loyalty.facts import holidays_around
from loyalty.likeness import Likeness, gives_for_occasions, staying
from loyalty.models import ProgrammeVersion
from loyalty.past_occasions import PastOccasion
from loyalty.past_orders import PastOrder
from loyalty.rules import Rules
from loyalty.usage import Usage


class Script:
    """The draft, ready to be replayed: the same for all members."""

    def __init__(self, rules: Rules, zone: ZoneInfo, in_all: Mapping[str, int] | None = None) -> None:
        self.rules, self.zone = rules, zone
        self.plan = compiled(rules)
        self.in_all = dict(in_all or {})  # what rules with a limit for all members have given so far
        self.has_tier_gifts = any(tier.birthday_points for tier in rules.tiers.tiers)
        needs, others = self.plan.needs, self.plan.needs_of_occasions
        self.climbs = needs.tier or others.tier or self.has_tier_gifts
        self.tags = needs.tags or others.tags
        self._likeness: dict[int | None, Likeness | None] = {None: None}
        self._staying: dict[int, frozenset[str]] = {}
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

    @cached_property
    def by_time(self) -> list[tuple[datetime, int]]:
        """When each version came into force, the latest first."""
        rows = ProgrammeVersion.objects.order_by("-in_force_from", "-number").values_list("in_force_from", "pk")
        return list(rows)

    @cached_property
    def has_occasions(self) -> bool:
        """Whether occasions give or gave anything, or make members climb."""
        by_visits = self.climbs and self.rules.tiers.metric == "visits"
        return by_visits or any(map(gives_for_occasions, (self.rules, *self.versions.values())))

    def staying(self, at: datetime) -> frozenset[str]:
        """What gives for occasions by the draft as it did by the version that was in force then."""
        version = next((pk for since, pk in self.by_time if since <= at), None)
        if version is None:
            return frozenset()
        if version not in self._staying:
            self._staying[version] = staying(self.rules, self.versions[version])
        return self._staying[version]

    def holidays(self, at: datetime) -> frozenset[date]:
        """Public holidays around that moment; each day is looked up once."""
        day = at.astimezone(self.zone).date()
        if day not in self._holidays:
            self._holidays[day] = holidays_around(at, self.zone)
        return self._holidays[day]

    @property
    def needs_history(self) -> bool:
        """Whether earlier orders say something about later ones."""
        return self.plan.needs.nth or self.climbs


class Counted(NamedTuple):
    """What an order or an occasion gives by the draft, and what it really gave."""

    customer_id: int
    at: datetime
    kind: str  # of an occasion; empty: an order
    now: int
    was: int


class Member:
    """One member on the way through their orders and occasions."""

    __slots__ = ("climber", "nth", "script", "tags", "usage")

    def __init__(self, script: Script, tags: frozenset[str]) -> None:
        self.script, self.tags = script, tags
        self.nth = 0
        self.climber = Climber(script.rules.tiers) if script.climbs else None
        has_limits = script.plan.needs.used or script.plan.needs_of_occasions.used
        self.usage = Usage(script.zone) if has_limits else None

    def pass_by(self, one: PastOrder | PastOccasion) -> None:
        """What happened before the time that is replayed: it only counts."""
        if isinstance(one, PastOccasion):
            self._climb_by_occasion(one, one.was)
        elif one.state == "paid":
            self.nth += 1
            self._climb(one, one.posted)

    def take_occasion(self, past: PastOccasion) -> int:
        """What the occasion gives by the draft: what stays gave what it gave, the rest is asked afresh."""
        script, occasion = self.script, past.occasion
        staying = script.staying(occasion.at)
        points = sum(given for key, given in past.given.items() if key in staying)
        asked = any(part.rule.kind == occasion.kind and part.key not in staying for part in script.plan.occasions)
        if asked or (script.has_tier_gifts and occasion.kind == "birthday"):
            for earned in evaluate_occasion(occasion, script.rules, self._facts_of_occasion(past), script.zone):
                if earned.rule_key not in staying:
                    points += earned.points
                    self._learn(past, {earned.rule_key: earned.points}, script.plan.needs_of_occasions)
        self._climb_by_occasion(past, points)
        return points

    def _facts_of_occasion(self, past: PastOccasion) -> Facts:
        """What would have been known then; tags are today's."""
        needs = self.script.plan.needs_of_occasions
        tier = self.climber.tier(self._local(past.placed_at)) if self.climber else None
        return Facts(
            tier=tier.key if tier else "",
            tags=self.tags if needs.tags else frozenset(),
            used=self._used(past, needs),
            holidays=self.script.holidays(past.placed_at) if needs.holidays else frozenset(),
        )

    def _climb_by_occasion(self, past: PastOccasion, points: int) -> None:
        if self.climber is None:
            return
        metric = self.script.rules.tiers.metric
        visited = metric == "visits" and past.occasion.kind == "visit"
        self.climber.count(points if metric == "points" else int(visited), self._local(past.placed_at))

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.script.zone).replace(tzinfo=None)

    def take(self, order: PastOrder) -> Evaluation:
        """What the order earns by the draft."""
        script = self.script
        if order.state == "paid":
            self.nth += 1
        facts = NOTHING_KNOWN if script.plan.needs.nothing else self._facts(order)
        found = evaluate(cast(Order, order), script.rules, facts, script.zone)
        if self.usage is not None and found.by_rule:
            self._learn(order, found.by_rule, script.plan.needs)
        if order.state == "paid":
            self._climb(order, found.points)
        return found

    def _learn(self, one: PastOrder | PastOccasion, by_rule: Mapping[str, int], needs: Needs) -> None:
        if self.usage is None:
            return
        self.usage.learn(one.customer_id, one.placed_at, by_rule, needs.used)
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
        self.climber.count(amount, self._local(order.placed_at))

    def _facts(self, order: PastOrder) -> Facts:
        like = self.script.likeness(order.version_id)
        if like is None or (order.facts is None and not like.everything):
            return self._simulated(order)
        kept = Facts.from_json({name: value for name, value in (order.facts or {}).items() if name != "frozen"})
        return kept if like.everything else self._mixed(order, kept, like)

    def _simulated(self, order: PastOrder) -> Facts:
        """What would have been known, had the draft been in force all the time."""
        needs = self.script.plan.needs
        tier = self.climber.tier(self._local(order.placed_at)) if self.climber else None
        return Facts(
            nth=self.nth if needs.nth else 0,
            tier=tier.key if tier else "",
            tags=self.tags if needs.tags else frozenset(),
            used=self._used(order, needs),
            holidays=self.script.holidays(order.placed_at) if needs.holidays else frozenset(),
            reward_paid=sum(value or 0 for value in order.codes.values()) if needs.rewards else 0,
        )

    def _used(self, one: PastOrder | PastOccasion, needs: Needs) -> dict[str, Any]:
        if self.usage is None:
            return {}
        for key in needs.in_all:
            self.usage.in_all[key] = self.script.in_all.get(key, 0)
        return self.usage.of(one.customer_id, one.placed_at, needs.used)

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
    orders: Iterable[PastOrder],
    occasions: Sequence[PastOccasion],
    since: datetime,
    script: Script,
    tags: Mapping[int, frozenset[str]],
) -> Iterator[Counted]:
    """What each order and occasion from `since` on gives by the draft, and really gave. Of both, what belongs to one
    member stands together, oldest first.
    """
    member: Member | None = None
    who = 0
    for one in _in_turn(orders, occasions):
        if member is None or one.customer_id != who:
            who, member = one.customer_id, Member(script, tags.get(one.customer_id, frozenset()))
        if one.placed_at < since:
            member.pass_by(one)
        elif isinstance(one, PastOccasion):
            yield Counted(who, one.placed_at, one.occasion.kind, member.take_occasion(one), one.was)
        else:
            yield Counted(who, one.placed_at, "", member.take(one).points, one.posted)


def _in_turn(
    orders: Iterable[PastOrder], occasions: Sequence[PastOccasion]
) -> Iterable[PastOrder] | Iterable[PastOrder | PastOccasion]:
    """Member by member, in the order of time; who joins with an order has joined before it."""
    if not occasions:
        return orders
    return merge(occasions, orders, key=lambda one: (one.customer_id, one.placed_at))
