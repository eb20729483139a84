"""The rules beside the basic one, in plain words: what each gives, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from loyalty.earning_rules import KINDS, EarningRule, Limit, LineFilter, Window
from loyalty.rules import Rules

BETWEEN = " · "


def rule_text(rule: EarningRule, rules: Rules, unit: str) -> str:
    """What the rule gives and when, as short phrases in a row."""
    return BETWEEN.join([gives(rule, rules, unit), *conditions(rule, rules, unit)])


def gives(rule: EarningRule, rules: Rules, unit: str) -> str:
    """How many points."""
    if rule.effect == "multiply":
        return multiplied(rule)
    points = formatting.points(rule.points, unit)
    if rule.effect == "rate":
        return _("{points} for every {money} spent").format(
            points=points, money=formatting.money(rule.per, rules.currency)
        )
    return _("{points} for each piece").format(points=points) if rule.each else points


def multiplied(rule: EarningRule) -> str:
    """What a factor does: "2× the usual points"."""
    if rule.factor == 0:
        return _("No points for these")
    return _("{times}× the usual points").format(times=times(rule.factor))


def times(factor: int) -> str:
    """Hundredths as people write them: 150 is 1.5."""
    return f"{(Decimal(factor) / 100).normalize():f}"


def conditions(rule: EarningRule, rules: Rules, unit: str) -> Iterator[str]:
    """Each condition as a short phrase."""
    yield str(KINDS[rule.kind])
    if rule.kind == "nth_order":
        yield nth(rule)
    if rule.event:
        yield _("Event: {name}").format(name=rule.event)
    if rule.minimum_minor:
        yield _("Orders from {money}").format(money=formatting.money(rule.minimum_minor, rules.currency))
    yield from lines(rule.lines, rules)
    yield from window(rule.window)
    yield from audience(rule, rules)
    yield from limits(rule.limit, unit)
    if not rule.active:
        yield _("Switched off")


def nth(rule: EarningRule) -> str:
    """Which order."""
    if rule.repeat:
        return _("Every order no. {number}").format(number=formatting.count(rule.nth))
    return _("Order no. {number}").format(number=formatting.count(rule.nth))


def lines(which: LineFilter, rules: Rules) -> Iterator[str]:
    """Which products."""
    named = [
        (which.products, _("Products: {names}")),
        (which.collections, _("Collections: {names}")),
        (which.tags, _("Product tags: {names}")),
        (which.not_products, _("Not products: {names}")),
        (which.not_collections, _("Not collections: {names}")),
        (which.not_tags, _("Not product tags: {names}")),
    ]
    yield from (text.format(names=", ".join(names)) for names, text in named if names)
    if which.least_price_minor is not None:
        yield _("Price from {money}").format(money=formatting.money(which.least_price_minor, rules.currency))
    if which.most_price_minor is not None:
        yield _("Price up to {money}").format(money=formatting.money(which.most_price_minor, rules.currency))


def window(when: Window) -> Iterator[str]:
    """Which days and hours."""
    if when.starts_at:
        yield _("From {moment}").format(moment=_moment(when.starts_at))
    if when.ends_at:
        yield _("Until {moment}").format(moment=_moment(when.ends_at))
    if when.weekdays:
        yield ", ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(when.weekdays))
    if when.holidays:
        yield _("Public holidays")
    if when.from_time or when.to_time:
        yield f"{when.from_time or '00:00'}–{when.to_time or '24:00'}"


def _moment(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return formatting.short_moment(when if timezone.is_aware(when) else timezone.make_aware(when))


def audience(rule: EarningRule, rules: Rules) -> Iterator[str]:
    """For whom, and where."""
    known = {tier.key: tier.label for tier in rules.tiers.tiers}
    who = rule.audience
    if who.tiers:
        yield _("Tiers: {names}").format(names=", ".join(known.get(key, key) for key in who.tiers))
    if who.tags:
        yield _("Customers tagged: {names}").format(names=", ".join(who.tags))
    if who.stores:
        yield ngettext("In {count} store", "In {count} stores", len(who.stores)).format(
            count=formatting.count(len(who.stores))
        )


def limits(limit: Limit, unit: str) -> Iterator[str]:
    """How often and how much."""
    if limit.times_each is not None:
        text = ngettext("{count} time for each member", "{count} times for each member", limit.times_each)
        yield text.format(count=formatting.count(limit.times_each))
    if limit.times_a_day is not None:
        text = ngettext("{count} time a day", "{count} times a day", limit.times_a_day)
        yield text.format(count=formatting.count(limit.times_a_day))
    if limit.points_a_day is not None:
        yield _("At most {points} a day").format(points=formatting.points(limit.points_a_day, unit))
    if limit.points_a_month is not None:
        yield _("At most {points} a month").format(points=formatting.points(limit.points_a_month, unit))
    if limit.points_in_all is not None:
        yield _("At most {points} in all").format(points=formatting.points(limit.points_in_all, unit))
