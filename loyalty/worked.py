"""Worked examples: what an imagined order or occasion would earn by all the rules together, and which rule gave what.

The sums are those of evaluation.py, so an example never says otherwise than an order would. Pure, but for the calendar
of public holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Order
from loyalty.compiled import compiled
from loyalty.earning_rules import OF_ORDERS, EarningRule, LineFilter, Window
from loyalty.evaluation import Facts, Occasion, evaluate, evaluate_occasion
from loyalty.names import in_language
from loyalty.rules import Rules
from loyalty.tier_rules import Tier
from loyalty.windows import When, public_holidays, when

DAY = timedelta(days=1)
FAR = 400  # days ahead in which a rule's time is looked for
NOON = time(12)
OF_ITSELF = ("review", "social", "survey", "custom")  # occasions that mean one rule alone


@dataclass(frozen=True, slots=True)
class Setting:
    """The shop in which the examples take place."""

    amount: int  # of a usual order, in minor units
    at: datetime
    zone: ZoneInfo
    country: str = ""
    is_typical: bool = False  # the amount is the shop's own, no guess


@dataclass(frozen=True, slots=True)
class Gave:
    """What one rule gave. `key` empty: the basic rule; "tier": the tier."""

    key: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Worked:
    """One example."""

    amount: int | None  # of the order in minor units; None: no order
    at: datetime  # by the shop's clock
    points: int
    gave: tuple[Gave, ...]
    tier: str = ""  # what the member's tier is called
    usual: int | None = None  # what the same would earn without the rule that the example is about


def usual_day(rules: Rules, setting: Setting, *, tier: Tier | None = None) -> Worked:
    """A usual order at a time for which no rule of its own is made, by a member of this tier, or of none."""
    amount = max(setting.amount, rules.minimum_minor)
    moment = _usual_moment(rules, setting)
    facts = Facts(tier=tier.key if tier else "", holidays=_holidays(rules, moment, setting))
    return _worked(_order(rules, amount, moment, [_line(amount)]), rules, facts, setting, tier.label if tier else "")


def in_its_time(rules: Rules, rule: EarningRule, setting: Setting) -> Worked | None:
    """An order or occasion that the rule, one of these rules, is made for; None when its time never comes."""
    rules = replace(rules, earning=tuple(replace(r, active=r.active or r.key == rule.key) for r in rules.earning))
    moment = _moment_in(rule.window, setting)
    if moment is None:
        return None
    if rule.kind not in OF_ORDERS:
        return _occasion(rules, rule, moment, setting)
    bought = _order_for(rules, rule, moment, setting.amount)
    facts, label = _facts_for(rules, rule, moment, setting)
    found = _worked(bought, rules, facts, setting, label)
    others = replace(rules, earning=tuple(other for other in rules.earning if other.key != rule.key))
    return replace(found, usual=evaluate(bought, others, facts, setting.zone).points)


# ── Who and what ────────────────────────────────────────────────────────────────────────────────


def _facts_for(rules: Rules, rule: EarningRule, moment: datetime, setting: Setting) -> tuple[Facts, str]:
    """A member for whom the rule is, and what their tier is called."""
    tier = next((tier for tier in rules.tiers.tiers if tier.key in rule.audience.tiers), None)
    facts = Facts(
        nth=rule.nth if rule.kind == "nth_order" else 0,
        tier=tier.key if tier else "",
        tags=frozenset(rule.audience.tags[:1]),
        holidays=_holidays(rules, moment, setting),
    )
    return facts, tier.label if tier else ""


def _order_for(rules: Rules, rule: EarningRule, moment: datetime, usual: int) -> Order:
    amount = max(usual, rule.minimum_minor, rules.minimum_minor)
    line = _line(amount, rule.lines) if rule.kind == "lines" else _line(amount)
    return _order(rules, line["total"], moment, [line], source=next(iter(rule.audience.stores), ""))


def _order(rules: Rules, amount: int, moment: datetime, lines: list[dict[str, Any]], source: str = "") -> Order:
    return Order(
        state=Order.State.PAID, currency=rules.currency, customer_id=1, subtotal=amount, total=amount, source=source,
        placed_at=moment, paid_at=moment, lines=lines,
    )  # fmt: skip


def _line(amount: int, which: LineFilter | None = None) -> dict[str, Any]:
    """Pieces that the filter takes, together about that much, and no less."""
    which = which or LineFilter()
    price = max(min(amount, amount if which.most_price_minor is None else which.most_price_minor), 1)
    price = max(price, which.least_price_minor or 0)
    pieces = -(-amount // price)
    product = next(iter(which.products), "")
    return {
        "external_id": "1", "name": "", "quantity": pieces, "unit_price": price, "total": price * pieces, "discount": 0,
        "product_id": product, "sku": product, "gift_card": False, "collections": list(which.collections[:1]),
        "tags": list(which.tags[:1]),
    }  # fmt: skip


def _worked(order: Order, rules: Rules, facts: Facts, setting: Setting, tier: str) -> Worked:
    found = evaluate(order, rules, facts, setting.zone)
    told = found.arithmetic
    gave = [Gave("", "", told.get("basic", found.points)), *(_gave(rule) for rule in told.get("rules", ()))]
    if "tier" in told:
        gave.append(Gave("tier", in_language(told["tier"]["name"]), told["tier"]["points"]))
    return Worked(order.subtotal, _local(order.placed_at, setting), found.points, tuple(gave), tier)


def _gave(told: dict[str, Any]) -> Gave:
    return Gave(told["key"], in_language(told["name"]), told["points"])


def _occasion(rules: Rules, rule: EarningRule, moment: datetime, setting: Setting) -> Worked:
    facts, tier = _facts_for(rules, rule, moment, setting)
    source = next(iter(rule.audience.stores), "")
    subject = rule.key if rule.kind in OF_ITSELF else ""
    happened = Occasion(rule.kind, moment, event=rule.event, subject=subject, source=source)
    earned = evaluate_occasion(happened, rules, facts, setting.zone)
    gave = tuple(Gave(one.rule_key, in_language(one.arithmetic["name"]), one.points) for one in earned)
    return Worked(None, _local(moment, setting), sum(one.points for one in earned), gave, tier)


# ── When ────────────────────────────────────────────────────────────────────────────────────────


def _usual_moment(rules: Rules, setting: Setting) -> datetime:
    """Noon of one of the next days on which no rule with a time of its own holds; of tomorrow where there is none."""
    timed = [part.when for part in compiled(rules).of_orders if part.when is not None]
    noons = list(_noons(setting, setting.at + DAY, 14))
    public = _calendar(timed, noons, setting)
    free = (noon for noon in noons if not any(held.holds(noon, _naive(noon), public) for held in timed))
    return next(free, noons[0])


def _moment_in(window: Window, setting: Setting) -> datetime | None:
    """A moment at which the rule holds: the next one, of a rule that is over its last days."""
    held = when(window)
    if held is None:
        return next(_noons(setting, setting.at + DAY, 1))
    starts, ends = (_aware(moment, setting.zone) for moment in (held.starts, held.ends))
    begin = max(setting.at, starts) if starts else setting.at
    if ends and ends <= begin:
        begin = max(ends - 30 * DAY, starts) if starts else ends - 30 * DAY
    hour = time(held.from_minute // 60, held.from_minute % 60) if held.from_minute else NOON
    moments = [begin.astimezone(setting.zone), *_noons(setting, begin, FAR, hour)]
    public = _calendar([held], moments, setting)
    return next((moment for moment in moments if held.holds(moment, _naive(moment), public)), None)


def _noons(setting: Setting, begin: datetime, days: int, hour: time = NOON) -> Iterator[datetime]:
    first = begin.astimezone(setting.zone).date()
    return (datetime.combine(first + timedelta(days=day), hour, setting.zone) for day in range(days))


def _calendar(timed: list[When], moments: list[datetime], setting: Setting) -> frozenset[date]:
    """Public holidays among these days, where a rule asks for them."""
    if not any(held.holidays for held in timed):
        return frozenset()
    return public_holidays(setting.country, {moment.astimezone(setting.zone).date() for moment in moments})


def _holidays(rules: Rules, moment: datetime, setting: Setting) -> frozenset[date]:
    """As facts.holidays_around."""
    if not compiled(rules).needs.holidays:
        return frozenset()
    today = moment.astimezone(setting.zone).date()
    return public_holidays(setting.country, (today, today - DAY))


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _local(moment: datetime | None, setting: Setting) -> datetime:
    return (moment or setting.at).astimezone(setting.zone)
