"""What an order or an occasion earns: pure functions of what happened, the rules, and what is known of the member.

No database and no clock. The preview, the replay of past orders and the real thing all ask here. docs/programme.md says
in words what the functions do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Order
from customers.orders import counting_refunds
from loyalty.compiled import Compiled, Part, compiled
from loyalty.rules import Rules
from loyalty.stacking import Extras, Rest, add_each, keep_to_limits, rests, shares, stack
from loyalty.sums import Sums, within


@dataclass(frozen=True, slots=True)
class Used:
    """What one rule has given so far, before this order or occasion. Days and months are the shop's."""

    times: int = 0  # to this member, ever
    times_today: int = 0
    points_today: int = 0
    points_month: int = 0
    points_in_all: int = 0  # to all members together


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the member, besides the order itself, when the order first earns. Kept with the order."""

    nth: int = 0  # which of the member's orders this is, 1 is the first; 0: not asked
    tier: str = ""  # key of the tier
    tags: frozenset[str] = frozenset()
    used: Mapping[str, Used] = field(default_factory=dict)  # by key of a rule with a limit
    holidays: frozenset[date] = frozenset()  # public holidays among the shop's day of the order and the day before
    reward_paid: int = 0  # minor units that codes of the programme's rewards took off; follows the order
    took: frozenset[str] = frozenset()  # keys of rules for the n-th order that this order took: nobody takes them again

    def to_json(self) -> dict[str, Any]:
        """As kept with the order; what is empty is left out."""
        kept: dict[str, Any] = {
            "nth": self.nth,
            "tier": self.tier,
            "tags": sorted(self.tags),
            "used": {key: asdict(used) for key, used in self.used.items()},
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "reward_paid": self.reward_paid,
            "took": sorted(self.took),
        }
        return {name: value for name, value in kept.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Facts:
        """The facts that were kept."""
        if not data:
            return NOTHING_KNOWN
        return cls(
            nth=data.get("nth", 0),
            tier=data.get("tier", ""),
            tags=frozenset(data.get("tags", ())),
            used={key: Used(**used) for key, used in data.get("used", {}).items()},
            holidays=frozenset(map(date.fromisoformat, data.get("holidays", ()))),
            reward_paid=data.get("reward_paid", 0),
            took=frozenset(data.get("took", ())),
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an order should have earned by now."""

    points: int
    arithmetic: dict[str, Any]  # how it came about, for explaining.explain
    outcome: str  # in one word why: a key of explaining.OUTCOMES
    by_rule: dict[str, int] = field(default_factory=dict)  # rule → points on top of the basic rule; may be negative


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that earns points and is no order."""

    kind: str  # a key of earning_rules.KINDS
    at: datetime
    event: str = ""  # of kind "custom": its name
    subject: str = ""  # what it is about; the key of a rule when only that one is meant
    source: str = ""  # where: a store's public id, "till", or the place of a visit
    known_days: int | None = None  # of kind "birthday": how long before it became known
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earned:
    """What one rule gives for an occasion."""

    rule_key: str
    points: int
    arithmetic: dict[str, Any]


NOTHING_KNOWN = Facts()
ZONE = ZoneInfo("UTC")
BIRTHDAY_KNOWN_BEFORE = 30  # days, where only the tier gives something


def evaluate(order: Order, rules: Rules, facts: Facts = NOTHING_KNOWN, zone: ZoneInfo = ZONE) -> Evaluation:
    """What the order as it now stands earns by these rules. `order`: a customers Order or anything with its fields.

    It looks at the order and all its refunds together, so that refunds of the whole, however split, leave nothing.
    """
    if outcome := refusal(order, rules):
        return Evaluation(0, {}, outcome)
    plan = compiled(rules)
    amounts = counted(order, rules, facts)
    eligible = max(sum(amounts.values()), 0)
    if 0 < order.total <= order.refunded:
        eligible = 0  # all of it was given back, however the refunds were split
    if plan.is_plain or eligible == 0:
        points = rules.points_for(eligible)
        return Evaluation(
            points, _arithmetic(rules, amounts, eligible, points), _outcome(order, rules, eligible, points)
        )
    return _by_rules(_Asked(order, plan, facts, zone), amounts, eligible)


def refusal(order: Order, rules: Rules | None) -> str | None:
    """Why this order earns nothing whatever it costs; None when it may earn. Without rules there is no programme."""
    if order.state != "paid" or order.test:
        if order.state == "unknown":
            return "unknown_order"
        if order.test:
            return "test"
        return "cancelled" if order.state == "cancelled" else "not_paid"
    if rules is None:
        return "before_programme"
    if order.currency != rules.currency:
        return "wrong_currency"
    return "guest" if order.customer_id is None else None


def counted(order: Order, rules: Rules, facts: Facts = NOTHING_KNOWN) -> dict[str, int]:
    """The parts of an order's money that count, in minor units, by name; what is taken off is negative."""
    goods, others = _refunded(order, rules) if order.refunds else (0, 0)
    parts = {
        "goods": order.subtotal,
        "tax": order.tax if rules.count_tax else 0,
        "shipping": order.shipping if rules.count_shipping else 0,
        "gift_cards": 0 if rules.count_gift_cards else -order.gift_card,
        "points_paid": 0 if rules.count_points_paid else -order.points_paid,
        "reward_paid": _reward_paid(order, facts) if rules.count_points_paid and facts.reward_paid else 0,
        "refunded": -goods - others,
    }
    return {name: amount for name, amount in parts.items() if amount}


def _reward_paid(order: Order, facts: Facts) -> int:
    """What rewards took off, as far as the goods were kept."""
    back = sum(refund["subtotal"] for refund in counting_refunds(order)) if order.refunds else 0
    if order.subtotal <= 0 or back <= 0:
        return facts.reward_paid
    return facts.reward_paid * max(order.subtotal - back, 0) // order.subtotal


def _refunded(order: Order, rules: Rules) -> tuple[int, int]:
    """The parts of all refunds together that had counted before: of goods, and of tax and shipping."""
    refunds = counting_refunds(order)
    goods = sum(refund["subtotal"] for refund in refunds)
    if not rules.count_gift_cards:
        cards = {line["external_id"] for line in order.lines if line["gift_card"]}
        goods -= sum(line["amount"] for refund in refunds for line in refund["lines"] if line["line_id"] in cards)
    tax = sum(refund["tax"] for refund in refunds) if rules.count_tax else 0
    return goods, tax + _shipping_back(order, rules)


def _shipping_back(order: Order, rules: Rules) -> int:
    return sum(refund["shipping"] for refund in counting_refunds(order)) if rules.count_shipping else 0


Line = tuple[int, int, Rest]  # which rules take it (lines.py), its counted money, what is left of it


class _Asked:
    """One order, with what its rules need worked out at most once."""

    __slots__ = ("at", "facts", "found", "local", "order", "plan")

    def __init__(self, order: Order, plan: Compiled, facts: Facts, zone: ZoneInfo) -> None:
        self.order, self.plan, self.facts = order, plan, facts
        self.at = order.placed_at or order.paid_at or order.created_at
        self.local = self.at.astimezone(zone).replace(tzinfo=None) if plan.keeps_time else None
        self.found: list[Line] | None = None

    def applying(self, parts: Sequence[Part], eligible: int) -> list[Part]:
        """Those of the rules that hold for this order."""
        source, at, local, facts = self.order.source, self.at, self.local, self.facts
        return [part for part in parts if part.applies(source, at, local, facts, eligible)]

    def lines(self, eligible: int) -> list[Line]:
        """Mask, counted money and rest of each line. Shipping belongs to no line."""
        if self.found is None:
            order, rules, index = self.order, self.plan.rules, self.plan.lines
            left = rests(order, count_gift_cards=rules.count_gift_cards)
            kept = (
                order.shipping - (_shipping_back(order, rules) if order.refunds else 0) if rules.count_shipping else 0
            )
            goods = shares(left, max(eligible - max(kept, 0), 0))
            self.found = [(index.mask(rest.line), money, rest) for rest, money in zip(left, goods, strict=True)]
        return self.found


def _by_rules(asked: _Asked, amounts: dict[str, int], eligible: int) -> Evaluation:
    plan, order, rules = asked.plan, asked.order, asked.plan.rules
    excluded = _exclude(asked, eligible) if plan.exclusions else 0
    if excluded:
        amounts["excluded"] = -excluded
        eligible -= excluded
    if eligible <= 0 or eligible < rules.minimum_minor:
        return Evaluation(0, _arithmetic(rules, amounts, eligible, 0), _outcome(order, rules, eligible, 0))
    extras = _on_money(asked, eligible)
    keep_to_limits(plan, extras, asked.facts)
    sums = Sums.of(plan, extras.in_order(), eligible, asked.facts)
    for part in asked.applying(plan.bonuses, eligible):
        sums.give(part, _bonus(asked, part, eligible), asked.facts)
    arithmetic = _arithmetic(rules, amounts, eligible, sums.total)
    return Evaluation(sums.total, sums.told(arithmetic), _outcome(order, rules, eligible, sums.total), sums.by_rule)


def _exclude(asked: _Asked, eligible: int) -> int:
    """The money that rules leave out. What is left of the lines is without it afterwards."""
    out = 0
    for part in asked.applying(asked.plan.exclusions, eligible):
        if not part.bit:
            return eligible
        out |= part.bit
    if not out:
        return 0
    lines = asked.lines(eligible)
    asked.found = [(mask, 0 if mask & out else money, rest) for mask, money, rest in lines]
    return sum(money for mask, money, _ in lines if mask & out)


def _on_money(asked: _Asked, eligible: int) -> Extras:
    """What rates and factors give on top, piece by piece: lines to which the same rules apply are one piece."""
    plan, extras = asked.plan, Extras()
    applying = asked.applying(plan.money, eligible)
    asking = sum(part.bit for part in applying)
    if not asking:
        stack(plan, applying, eligible, extras)
        return extras
    if plan.is_linear:
        add_each(plan, applying, asked.lines(eligible), eligible, extras)
        return extras
    pieces: dict[int, int] = {}
    rest = eligible
    for mask, money, _ in asked.lines(eligible):
        pieces[mask & asking] = pieces.get(mask & asking, 0) + money
        rest -= money
    pieces[0] = pieces.get(0, 0) + rest
    for taken, money in pieces.items():
        stack(plan, [part for part in applying if not part.bit or part.bit & taken], money, extras)
    return extras


def _bonus(asked: _Asked, part: Part, eligible: int) -> int:
    """The fixed points of a rule; of a rule for lines once, or for each piece that is left."""
    if not part.bit:
        return part.rule.points
    pieces = sum(rest.quantity for mask, money, rest in asked.lines(eligible) if mask & part.bit and money > 0)
    return part.rule.points * (pieces if part.rule.each else min(pieces, 1))


def _arithmetic(rules: Rules, amounts: dict[str, int], eligible: int, points: int) -> dict[str, Any]:
    """What loyalty.explaining turns into a sentence."""
    return {
        "kind": "order",
        "currency": rules.currency,
        "amounts": amounts,
        "eligible": eligible,
        "points": rules.earn_points,
        "per": rules.earn_per,
        "rounding": rules.rounding,
        "unit": rules.rounding_unit,
        "minimum": rules.minimum_minor,
        "result": points,
    }


def _outcome(order: Order, rules: Rules, eligible: int, points: int) -> str:
    if points:
        return "earned"
    if eligible <= 0:
        return "refunded" if order.refunded else "zero_amount"
    return "below_minimum" if eligible < rules.minimum_minor else "too_small"


def evaluate_occasion(
    occasion: Occasion, rules: Rules, facts: Facts = NOTHING_KNOWN, zone: ZoneInfo = ZONE
) -> list[Earned]:
    """What each rule that fits gives for the occasion, each its own, whatever the stacking; then the tier."""
    local, plan = occasion.at.astimezone(zone).replace(tzinfo=None), compiled(rules)
    parts = [part for part in plan.occasions if _is_meant(part, occasion)]
    if occasion.subject in {part.key for part in parts}:
        parts = [part for part in parts if part.key == occasion.subject]
    found = []
    for part in parts:
        if part.applies(occasion.source, occasion.at, local, facts, part.minimum):
            points = within(part, part.rule.points, facts)
            if points > 0:
                found.append(Earned(part.key, points, _told_of(occasion, part, points)))
    return found + _by_the_tier(occasion, rules, facts)


def _is_meant(part: Part, occasion: Occasion) -> bool:
    rule = part.rule
    if rule.kind != occasion.kind:
        return False
    if rule.kind == "custom":
        return rule.event == occasion.event
    return rule.kind != "birthday" or _is_known_long_enough(occasion, rule.set_before_days)


def _is_known_long_enough(occasion: Occasion, days: int) -> bool:
    return occasion.known_days is None or occasion.known_days >= days


def _by_the_tier(occasion: Occasion, rules: Rules, facts: Facts) -> list[Earned]:
    """A tier's birthday points, under the same wait as the birthday rule's."""
    tier = next((tier for tier in rules.tiers.tiers if tier.key == facts.tier), None)
    if occasion.kind != "birthday" or tier is None or not tier.birthday_points:
        return []
    waits = [rule.set_before_days for rule in rules.earning if rule.active and rule.kind == "birthday"]
    if not _is_known_long_enough(occasion, min(waits, default=BIRTHDAY_KNOWN_BEFORE)):
        return []
    told = {"kind": "occasion", "occasion": "birthday", "rule": f"tier:{tier.key}", "name": tier.name}
    return [Earned(f"tier:{tier.key}", tier.birthday_points, {**told, "result": tier.birthday_points})]


def _told_of(occasion: Occasion, part: Part, points: int) -> dict[str, Any]:
    told = {"kind": "occasion", "occasion": occasion.kind, "rule": part.key, "name": part.rule.name, "result": points}
    more = {"event": occasion.event, "subject": occasion.subject, "data": dict(occasion.data)}
    if part.limit and part.limit.points_in_all is not None:
        told["limited"] = True
    return {**told, **{name: value for name, value in more.items() if value}}
