"""The ways to earn, in words to the member, read from the rules: a page can never promise what the rules do not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.formatting import count, moment, money, points
from loyalty.earning_rules import EarningRule, Limit, Window
from loyalty.rules import Rules
from loyalty.words.extra import times

ICONS = {
    "order": "shopping-bag",
    "lines": "package",
    "nth_order": "milestone",
    "sign_up": "user-plus",
    "birthday": "cake",
    "review": "star",
    "social": "heart",
    "visit": "map-pin",
    "survey": "clipboard-list",
    "custom": "sparkles",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to earn: what it gives, for what, and under which conditions."""

    key: str
    kind: str
    icon: str
    title: str  # as the shop calls it
    gives: str
    conditions: tuple[str, ...]
    url: str  # where the member goes for it; empty: nowhere
    starts: datetime | None  # when it has not begun yet


def ways(rules: Rules, unit: str, *, at: datetime, tags: Collection[str], stores: dict[str, str]) -> list[Way]:
    """The rules beside the basic one that are for this member now or soon, the highest priority first.

    A rule for certain customers is told to them alone. `stores` names the storefronts by public id.
    """
    rows = sorted((rule for rule in rules.earning if _is_for(rule, at, tags)), key=lambda rule: -rule.priority)
    return [_way(rule, rules, unit, at=at, stores=stores) for rule in rows]


def needs_stores(rules: Rules) -> bool:
    """Whether telling the rules takes the names of storefronts."""
    return any(set(rule.audience.stores) - {"till"} for rule in rules.earning)


def gives(rule: EarningRule, rules: Rules, unit: str) -> str:
    """How many points, as a short phrase."""
    if rule.effect == "multiply":
        return _("%(times)s× points") % {"times": times(rule.factor)} if rule.factor else _("No points for these")
    given = points(rule.points, unit)
    if rule.effect == "rate":
        return _("%(points)s for every %(money)s") % {"points": given, "money": money(rule.per, rules.currency)}
    return _("%(points)s for each piece") % {"points": given} if rule.each else given


def _is_for(rule: EarningRule, at: datetime, tags: Collection[str]) -> bool:
    over = (ends := time_of(rule.window.ends_at)) is not None and ends <= at
    wanted = set(rule.audience.tags)
    return rule.active and not over and (not wanted or not wanted.isdisjoint(tags))


def _way(rule: EarningRule, rules: Rules, unit: str, *, at: datetime, stores: dict[str, str]) -> Way:
    starts = time_of(rule.window.starts_at)
    return Way(
        key=rule.key,
        kind=rule.kind,
        icon=ICONS[rule.kind],
        title=rule.label,
        gives=gives(rule, rules, unit),
        conditions=tuple(_conditions(rule, rules, unit, stores)),
        url=rule.url if rule.url.startswith(("https://", "http://")) else "",
        starts=starts if starts and starts > at else None,
    )


def _conditions(rule: EarningRule, rules: Rules, unit: str, stores: dict[str, str]) -> Iterator[str]:
    if rule.kind == "nth_order":
        yield _which_order(rule)
    if rule.minimum_minor:
        yield _("Orders from %(money)s.") % {"money": money(rule.minimum_minor, rules.currency)}
    if rule.kind == "birthday" and rule.set_before_days:
        text = ngettext(
            "Enter your birthday at least %(days)s day before.",
            "Enter your birthday at least %(days)s days before.",
            rule.set_before_days,
        )
        yield text % {"days": count(rule.set_before_days)}
    yield from _prices(rule, rules)
    yield from window(rule.window)
    yield from _audience(rule, rules, stores)
    yield from _limits(rule.limit, unit)


def _which_order(rule: EarningRule) -> str:
    if rule.nth == 1:
        return _("For every order.") if rule.repeat else _("For your first order.")
    text = _("For every order number %(number)s.") if rule.repeat else _("For your order number %(number)s.")
    return text % {"number": count(rule.nth)}


def _prices(rule: EarningRule, rules: Rules) -> Iterator[str]:
    lines = rule.lines
    if lines.least_price_minor is not None:
        yield _("Products from %(money)s.") % {"money": money(lines.least_price_minor, rules.currency)}
    if lines.most_price_minor is not None:
        yield _("Products up to %(money)s.") % {"money": money(lines.most_price_minor, rules.currency)}


def window(when: Window) -> Iterator[str]:
    """Which days and hours, in the shop's time."""
    if starts := time_of(when.starts_at):
        yield _("From %(moment)s.") % {"moment": moment(starts)}
    if ends := time_of(when.ends_at):
        yield _("Until %(moment)s.") % {"moment": moment(ends)}
    days = [str(WEEKDAYS[day]) for day in sorted(when.weekdays)]
    if when.holidays:
        days.append(_("public holidays"))
    if days:
        yield _("Only on: %(days)s.") % {"days": ", ".join(days)}
    if when.from_time or when.to_time:
        yield _("Between %(from)s and %(to)s.") % {"from": when.from_time or "00:00", "to": when.to_time or "24:00"}


def _audience(rule: EarningRule, rules: Rules, stores: dict[str, str]) -> Iterator[str]:
    known = {tier.key: tier.label for tier in rules.tiers.tiers}
    if rule.audience.tiers:
        yield _("For tiers: %(names)s.") % {"names": ", ".join(known.get(key, key) for key in rule.audience.tiers)}
    places = [_("in the shop") if key == "till" else stores.get(key, "") for key in rule.audience.stores]
    if named := [place for place in places if place]:
        yield _("Only here: %(places)s.") % {"places": ", ".join(named)}


def _limits(limit: Limit, unit: str) -> Iterator[str]:
    if limit.times_each is not None:
        text = ngettext("Once.", "At most %(count)s times.", limit.times_each)
        yield text % {"count": count(limit.times_each)}
    if limit.times_a_day is not None:
        text = ngettext("Once a day.", "At most %(count)s times a day.", limit.times_a_day)
        yield text % {"count": count(limit.times_a_day)}
    if limit.points_a_day is not None:
        yield _("At most %(points)s a day.") % {"points": points(limit.points_a_day, unit)}
    if limit.points_a_month is not None:
        yield _("At most %(points)s a month.") % {"points": points(limit.points_a_month, unit)}
    if limit.points_in_all is not None:
        yield _("While points last.")


def time_of(text: str) -> datetime | None:
    """The moment of a rule, in the shop's time zone where it names none; None: never."""
    if not text:
        return None
    when = datetime.fromisoformat(text)
    return when if timezone.is_aware(when) else timezone.make_aware(when)
