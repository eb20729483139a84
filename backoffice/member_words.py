"""What is asked of the list of members, in words: its filters, its orders, its answers to choose from."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.channels import CHANNELS
from config import formatting
from loyalty.finding import DAYS, NEVER, NO_TIER, Wanted
from loyalty.models import ProgrammeVersion
from loyalty.tier_rules import Tier

SHOWN = {
    "members": gettext_lazy("Members"),
    "guests": gettext_lazy("Guests"),
    "points": gettext_lazy("Have points"),
    "debt": gettext_lazy("Owe points"),
}
SORTS = {
    "newest": gettext_lazy("Newest first"),
    "last_order": gettext_lazy("Last order first"),
    "seen": gettext_lazy("Last seen first"),
    "spent": gettext_lazy("Most spent first"),
    "orders": gettext_lazy("Most orders first"),
    "points": gettext_lazy("Most points first"),
    "joined": gettext_lazy("Last joined first"),
    "name": gettext_lazy("By name"),
}
# Who is not in a list sorted like this.
LEFT_OUT = {
    "last_order": gettext_lazy("Who never ordered is not in this order."),
    "seen": gettext_lazy("Who was never seen is not in this order."),
    "spent": gettext_lazy("Who has spent nothing is not in this order."),
    "orders": gettext_lazy("Who never ordered is not in this order."),
    "points": gettext_lazy("Who never had points nor ordered is not in this order."),
    "joined": gettext_lazy("Guests are not in this order."),
    "name": gettext_lazy("Who has no name is not in this order."),
}
ORDERED = ("0-30", "0-90", "30-60", "60-90", "60-", "90-", "180-", "365-", NEVER)
JOINED = ("0-7", "0-30", "0-90", "0-365", "365-")
BIRTHDAYS = ("week", "month", *(str(month) for month in range(1, 13)))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set, and the address without it."""

    label: str
    href: str


def tiers_of(version: ProgrammeVersion | None) -> tuple[Tier, ...]:
    """The programme's tiers, lowest first."""
    return version.terms.tiers.tiers if version else ()


def chips(wanted: Wanted, tiers: tuple[Tier, ...], unit: str) -> list[tuple[str, str]]:
    """Each filter that is set, by name, in words; the search text is in its own field."""
    words: dict[str, Callable[[str], str]] = {
        "show": lambda value: str(SHOWN[value]),
        "tier": lambda value: _("Tier: {tier}").format(tier=tier_name(value, tiers)),
        "points_from": lambda value: _("At least {points}").format(points=formatting.points(int(value), unit)),
        "points_to": lambda value: _("At most {points}").format(points=formatting.points(int(value), unit)),
        "ordered": ordered,
        "joined": joined,
        "birthday": birthday,
        "tag": lambda value: _("Tag: {tag}").format(tag=value),
        "codes": lambda value: _("Unused code"),
        "consent": lambda value: _("Agreed to advertising: {channel}").format(channel=CHANNELS[value]),
    }
    return [(name, words[name](value)) for name, value in wanted.filters.items() if name in words]


def without(wanted: Wanted, name: str) -> Wanted:
    """The same question without one of its filters."""
    return replace(wanted, **{name: ""})


def tier_name(key: str, tiers: tuple[Tier, ...]) -> str:
    """What the tier is called; its key for one that is not there any more."""
    if key == NO_TIER:
        return _("none")
    return next((tier.label for tier in tiers if tier.key == key), key)


def ordered(value: str) -> str:
    """When the last order was."""
    if value == NEVER:
        return _("Never ordered")
    least, most = _days(value)
    if most is None:
        return ngettext("No order for {days} day", "No order for {days} days", least).format(days=least)
    if not least:
        return ngettext("Ordered in the last day", "Ordered in the last {days} days", most).format(days=most)
    return _("Last order {least} to {most} days ago").format(least=least, most=most)


def joined(value: str) -> str:
    """When they joined."""
    least, most = _days(value)
    if most is None:
        return ngettext("Joined {days} day ago or earlier", "Joined {days} days ago or earlier", least).format(
            days=least
        )
    if not least:
        return ngettext("Joined in the last day", "Joined in the last {days} days", most).format(days=most)
    return _("Joined {least} to {most} days ago").format(least=least, most=most)


def birthday(value: str) -> str:
    """When they have their birthday."""
    if value == "week":
        return _("Birthday in the next 7 days")
    if value == "month":
        return _("Birthday this month")
    return _("Birthday in {month}").format(month=month_name(int(value)))


def month_name(month: int) -> str:
    """`March`, `3월`."""
    return date_format(date(2024, month, calendar.monthrange(2024, month)[1]), "F")


def choices(words: Mapping[str, object], first: str) -> list[tuple[str, object]]:
    """Answers to choose from, with one that asks nothing."""
    return [("", first), *words.items()]


def _days(value: str) -> tuple[int, int | None]:
    match = DAYS.fullmatch(value)
    assert match
    return int(match[1]), int(match[2]) if match[2] else None
