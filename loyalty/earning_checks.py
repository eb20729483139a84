"""Whether the earning rules of a programme make sense: an answer for each field, as `earning.0.points`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from loyalty.checks import (
    LONGEST_NAME,
    Mistake,
    between,
    is_key,
    is_name,
    is_one_of,
    is_whole,
    is_writable,
    moment_or_day,
)  # fmt: skip
from loyalty.earning_rules import EFFECTS, KINDS, OF_ORDERS, Audience, EarningRule, Limit, LineFilter, Window
from loyalty.stored import names
from loyalty.windows import minute_of

MOST_RULES = 50
MOST_LISTED = 500
MONEY = (0, 1_000_000_000_000)
POINTS = (1, 1_000_000_000)
RANGES = {
    "minimum_minor": MONEY,
    "factor": (0, 10_000),  # hundredths: at most a hundred times
    "nth": (1, 10_000),
    "set_before_days": (0, 366),
    "priority": (-1_000, 1_000),
}
POINTS_OF = {"points": POINTS, "rate": (1, 1_000_000), "multiply": (0, POINTS[1])}
RATE_PER = (1, 1_000_000_000)
FLAGS = ("each", "repeat", "active")
LINE_LISTS = ("products", "collections", "tags", "not_products", "not_collections", "not_tags")
AUDIENCE_LISTS = ("tags", "stores")
EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
LONGEST_WORD, LONGEST_URL = 100, 500

Read = Mapping[str, Any]


def check_earning(data: Read) -> Iterator[Mistake]:
    """What is wrong with `data["earning"]`, of a whole set of rules as JSON."""
    rules = data.get("earning", ())
    if not isinstance(rules, list | tuple) or len(rules) > MOST_RULES:
        yield "earning", _("List at most %(most)s rules.") % {"most": MOST_RULES}
        return
    tiers, seen = known_tiers(data), set[str]()
    for index, rule in enumerate(rules):
        for field, message in _rule(rule, tiers, seen):
            yield f"earning.{index}.{field}", message


def known_tiers(data: Read) -> set[str]:
    """The keys of the tiers that these rules name, as far as they can be read."""
    plan = data.get("tiers")
    tiers = plan.get("tiers", ()) if isinstance(plan, Mapping) else ()
    keys = (tier.get("key") for tier in tiers if isinstance(tier, Mapping)) if isinstance(tiers, list | tuple) else ()
    return {key for key in keys if isinstance(key, str)}


def _rule(rule: Any, tiers: Collection[str], seen: set[str]) -> Iterator[Mistake]:
    if not isinstance(rule, Mapping) or not set(rule) <= names(EarningRule):
        yield "key", _("This is no rule.")
        return
    key = rule.get("key")
    if not isinstance(key, str) or not is_key(key):
        yield "key", _("Name the rule by small letters, digits and dashes.")
    elif key in seen:
        yield "key", _("Two rules have this key.")
    else:
        seen.add(key)
    if not is_name(rule.get("name")):
        yield "name", _("Give the rule a name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    yield from _plain(rule)
    yield from _effect(rule)
    for section, cls, checked in SECTIONS:
        yield from _section(rule, section, cls, checked, tiers)


def _plain(rule: Read) -> Iterator[Mistake]:
    for field, (least, most) in RANGES.items():
        if field in rule and (message := between(rule[field], least, most)):
            yield field, message
    for field in FLAGS:
        if not isinstance(rule.get(field, False), bool):
            yield field, _("Choose yes or no.")
    url = rule.get("url", "")
    if not isinstance(url, str) or (url and not _is_address(url)):
        yield "url", _("Enter an address that begins with https://.")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and len(url) <= LONGEST_URL and url.isprintable()


def _effect(rule: Read) -> Iterator[Mistake]:
    """The kind, and how much it gives."""
    kind, effect, points = rule.get("kind"), rule.get("effect", "points"), rule.get("points", 0)
    if not is_one_of(kind, KINDS):
        yield "kind", _("Choose what the rule looks at.")
    elif not is_one_of(effect, EFFECTS):
        yield "effect", _("Choose what the rule gives.")
    elif kind not in OF_ORDERS and effect != "points":
        yield "effect", _("Only orders can earn points for money.")
    elif message := between(points, *POINTS_OF[effect]):
        yield "points", message
    per = rule.get("per", 0)
    if message := between(per, *(RATE_PER if effect == "rate" else (0, RATE_PER[1]))):
        yield "per", message
    event = rule.get("event", "")
    if not isinstance(event, str) or ((kind == "custom" or event) and not EVENT.fullmatch(event)):
        yield "event", _("Name the event by letters, digits, dots and dashes.")


def _section(rule: Read, section: str, cls: type, checked: Any, tiers: Collection[str]) -> Iterator[Mistake]:
    part = rule.get(section, {})
    if not isinstance(part, Mapping) or not set(part) <= names(cls):
        yield section, _("This can't be read.")
        return
    for field, message in checked(part, tiers):
        yield f"{section}.{field}", message


def check_lines(owner: Read) -> Iterator[Mistake]:
    """What is wrong with `owner["lines"]`: which lines of an order something is about."""
    yield from _section(owner, "lines", LineFilter, _lines, ())


def _is_list(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) > MOST_LISTED:
        return False
    return all(is_writable(word) and word and len(word) <= LONGEST_WORD for word in value)


def _lists(part: Read, fields: Collection[str]) -> Iterator[Mistake]:
    for field in fields:
        if not _is_list(part.get(field, ())):
            yield (
                field,
                _("List at most %(most)s words, each of at most %(long)s characters.")
                % {
                    "most": MOST_LISTED,
                    "long": LONGEST_WORD,
                },
            )


def _lines(part: Read, tiers: Collection[str]) -> Iterator[Mistake]:
    yield from _lists(part, LINE_LISTS)
    prices = [part.get("least_price_minor"), part.get("most_price_minor")]
    for field, price in zip(("least_price_minor", "most_price_minor"), prices, strict=True):
        if price is not None and (message := between(price, *MONEY)):
            yield field, message
            return
    least, most = prices
    if least is not None and most is not None and least > most:
        yield "most_price_minor", _("The highest price is below the lowest.")


def _audience(part: Read, tiers: Collection[str]) -> Iterator[Mistake]:
    yield from _lists(part, AUDIENCE_LISTS)
    wanted = part.get("tiers", ())
    if not _is_list(wanted) or not set(wanted) <= set(tiers):
        yield "tiers", _("The programme has no such tier.")


def _limit(part: Read, tiers: Collection[str]) -> Iterator[Mistake]:
    for field in names(Limit):
        if (most := part.get(field)) is not None and (message := between(most, 1, POINTS[1])):
            yield field, message


def _window(part: Read, tiers: Collection[str]) -> Iterator[Mistake]:
    days = part.get("weekdays", ())
    if not isinstance(days, list | tuple) or not all(is_whole(day) and 0 <= day <= 6 for day in days):
        yield "weekdays", _("Choose days of the week.")
    elif len(set(days)) < len(days):
        yield "weekdays", _("Name each day once.")
    if not isinstance(part.get("holidays", False), bool):
        yield "holidays", _("Choose yes or no.")
    yield from _hours(part)
    yield from _span(part)


def _hours(part: Read) -> Iterator[Mistake]:
    hours = [part.get(field, "") for field in ("from_time", "to_time")]
    for field, hour in zip(("from_time", "to_time"), hours, strict=True):
        if not isinstance(hour, str) or (hour and not HOUR.fullmatch(hour)):
            yield field, _("Enter a time of the day, such as 14:30.")
            return
    if all(hours) and minute_of(hours[0]) == minute_of(hours[1]):
        yield "to_time", _("The hours end when they begin.")


def _span(part: Read) -> Iterator[Mistake]:
    stated = {field: part.get(field, "") for field in ("starts_at", "ends_at")}
    for field, text in stated.items():
        if text != "" and moment_or_day(text) is None:
            yield field, _("Enter a date, or a date and a time.")
            return
    starts, ends = (moment_or_day(text) for text in stated.values())
    # One with and one without a zone can't be compared before the shop's zone is known.
    if starts and ends and (starts.tzinfo is None) == (ends.tzinfo is None) and starts >= ends:
        yield "ends_at", _("The end is not after the beginning.")


SECTIONS = (
    ("lines", LineFilter, _lines),
    ("window", Window, _window),
    ("audience", Audience, _audience),
    ("limit", Limit, _limit),
)
