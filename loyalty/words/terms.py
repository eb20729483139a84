"""The basic rule and what surrounds it, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from loyalty.rules import HoldFrom, Rules


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in plain words. `part` is the part of the programme that it belongs to."""

    field: str
    label: str
    value: str
    part: str = "earning"


def terms(rules: Rules, unit: str) -> list[Line]:
    """The basic rule, what counts, and when points can be used and expire."""
    minimum = formatting.money(rules.minimum_minor, rules.currency) if rules.minimum_minor else _("None")
    return [
        Line("rate", _("Earning"), rate(rules, unit)),
        Line("worth", _("Value"), worth(rules, unit)),
        Line("counts", _("What counts"), counts(rules)),
        Line("rounding", _("Rounding"), rounding(rules, unit)),
        Line("minimum", _("Smallest order"), minimum),
        Line("hold", _("Can be used"), hold(rules), "terms"),
        Line("expiry", _("Expire"), expiry(rules), "terms"),
        Line("notices", _("Notices before"), notices(rules), "terms"),
    ]


def rate(rules: Rules, unit: str) -> str:
    """How many points for how much money."""
    return _("{points} for every {money} spent").format(
        points=formatting.points(rules.earn_points, unit), money=formatting.money(rules.earn_per, rules.currency)
    )


def worth(rules: Rules, unit: str) -> str:
    """What a hundred points are worth."""
    return _("{points} are worth {money}").format(
        points=formatting.points(100, unit), money=formatting.money(rules.worth_of_100, rules.currency)
    )


def counts(rules: Rules) -> str:
    """Which parts of an order's money earn."""
    parts = [
        (rules.count_tax, _("tax")),
        (rules.count_shipping, _("shipping")),
        (rules.count_gift_cards, _("gift cards bought")),
        (rules.count_points_paid, _("what was paid with points")),
    ]
    counted = [name for counts, name in parts if counts]
    if not counted:
        return _("The goods, after discounts")
    return _("The goods, after discounts, and: {parts}").format(parts=", ".join(counted))


def rounding(rules: Rules, unit: str) -> str:
    """How points become whole."""
    if rules.rounding_unit == 1:
        return {
            "floor": _("Down to whole points"),
            "half_up": _("To the nearest whole point"),
            "ceil": _("Up to whole points"),
        }[rules.rounding]
    texts = {
        "floor": _("Down to a multiple of {points}"),
        "half_up": _("To the nearest multiple of {points}"),
        "ceil": _("Up to a multiple of {points}"),
    }
    return texts[rules.rounding].format(points=formatting.points(rules.rounding_unit, unit))


def hold(rules: Rules) -> str:
    """From when points can be used."""
    if rules.hold_from != "paid":
        return _hold_for_parcel(rules)
    if not rules.hold_days:
        return _("At once")
    text = ngettext("{count} day after payment", "{count} days after payment", rules.hold_days)
    return text.format(count=formatting.count(rules.hold_days))


def _hold_for_parcel(rules: Rules) -> str:
    event = str(HoldFrom[rules.hold_from])
    latest = ngettext(
        "{count} day after payment at the latest", "{count} days after payment at the latest", rules.hold_at_most
    ).format(count=formatting.count(rules.hold_at_most))
    if not rules.hold_days:
        return f"{_('With: {event}').format(event=event)} · {latest}"
    text = ngettext("{count} day after: {event}", "{count} days after: {event}", rules.hold_days)
    return f"{text.format(count=formatting.count(rules.hold_days), event=event)} · {latest}"


def expiry(rules: Rules) -> str:
    """When points expire."""
    if rules.expiry_months is None:
        return _("Never")
    count = formatting.count(rules.expiry_months)
    if rules.expiry_by == "inactivity":
        text = ngettext(
            "All together, {count} month after the last activity",
            "All together, {count} months after the last activity",
            rules.expiry_months,
        )
    elif rules.expiry_ends == "month":
        text = ngettext(
            "At the end of the month, {count} month after payment",
            "At the end of the month, {count} months after payment",
            rules.expiry_months,
        )
    elif rules.expiry_ends == "year":
        text = ngettext(
            "At the end of the year, {count} month after payment",
            "At the end of the year, {count} months after payment",
            rules.expiry_months,
        )
    else:
        text = ngettext("{count} month after payment", "{count} months after payment", rules.expiry_months)
    return text.format(count=count)


def notices(rules: Rules) -> str:
    """How long before expiry members are told."""
    if rules.expiry_months is None:
        return _("None needed")
    days = ", ".join(formatting.count(days) for days in rules.notices)
    return _("Days before: {days}").format(days=days) if days else _("None")
