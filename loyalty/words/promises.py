"""What a programme gives, in plain words, read from its rules: a page can never promise what the rules do not."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.formatting import count, money, points
from loyalty.rules import Rules


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence with its picture (a Lucide icon)."""

    icon: str
    text: str


def promises(rules: Rules, unit: str) -> list[Promise]:
    """What a member gets: how points are earned, what they are worth, when they can be used, how long they last."""
    return [
        Promise("coins", earning(rules, unit)),
        *([Promise("gift", worth(rules, unit))] if rules.worth_of_100 else []),
        Promise("clock", waiting(rules)),
        Promise("calendar", lasting(rules)),
    ]


def earning(rules: Rules, unit: str) -> str:
    """How many points for how much money."""
    if rules.is_percent:
        share = count_share(rules.earn_points, rules.earn_per)
        text = _("You collect %(percent)s %% of what you spend, in points.") % {"percent": share}
    else:
        given = {"points": points(rules.earn_points, unit), "money": money(rules.earn_per, rules.currency)}
        text = _("You collect %(points)s for every %(money)s you spend.") % given
    if not rules.minimum_minor:
        return text
    least = _("Orders from %(money)s count.") % {"money": money(rules.minimum_minor, rules.currency)}
    return f"{text} {least}"


def worth(rules: Rules, unit: str) -> str:
    """What a hundred points are worth in money."""
    about = {"points": points(100, unit), "money": money(rules.worth_of_100, rules.currency)}
    return _("%(points)s are worth %(money)s.") % about


def waiting(rules: Rules) -> str:
    """When points can be used."""
    if not rules.hold_days:
        return _("You can use your points as soon as you have paid.")
    text = ngettext(
        "You can use your points %(days)s day after you paid.",
        "You can use your points %(days)s days after you paid.",
        rules.hold_days,
    )
    return text % {"days": count(rules.hold_days)}


def lasting(rules: Rules) -> str:
    """How long points last."""
    months = rules.expiry_months
    if months is None:
        return _("Your points never expire.")
    if months % 12 == 0:
        text = ngettext("Your points last %(years)s year.", "Your points last %(years)s years.", months // 12)
        return text % {"years": count(months // 12)}
    text = ngettext("Your points last %(months)s month.", "Your points last %(months)s months.", months)
    return text % {"months": count(months)}


def count_share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage without needless zeros: 1, 1.5, 0.25."""
    return f"{100 * part / whole:.2f}".rstrip("0").rstrip(".")
