"""How far the next tier is, and until when the present one is kept, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.formatting import count, day, money, points
from loyalty.rules import Rules
from loyalty.tiers import TierStanding


@dataclass(frozen=True, slots=True)
class Progress:
    """The tier and the way to the next one, ready to be read."""

    name: str  # of the present tier; empty: none yet
    text: str  # what is missing for the next; empty at the top
    figures: str  # what there is of what is needed
    value: int
    of: int
    kept: str  # until when the present one is kept; empty: nothing to say


def progress(standing: TierStanding, rules: Rules, unit: str) -> Progress:
    """The member's standing in words."""
    following = standing.next
    text = figures = ""
    if following:
        given = {"amount": amount(standing.missing, rules, unit), "tier": following.label}
        text = _("%(amount)s more to %(tier)s") % given
        have, needed = amount(standing.value, rules, unit), amount(following.threshold, rules, unit)
        figures = _("%(have)s of %(needed)s") % {"have": have, "needed": needed}
    return Progress(
        name=standing.tier.label if standing.tier else "",
        text=text,
        figures=figures,
        value=standing.value,
        of=following.threshold if following else max(standing.value, 1),
        kept=_kept(standing, rules, unit),
    )


def amount(number: int, rules: Rules, unit: str) -> str:
    """So much of the tiers' metric: money, points, orders or visits."""
    metric = rules.tiers.metric
    if metric == "spend":
        return money(number, rules.currency)
    if metric == "points":
        return points(number, unit)
    if metric == "orders":
        return ngettext("%(count)s order", "%(count)s orders", number) % {"count": count(number)}
    return ngettext("%(count)s visit", "%(count)s visits", number) % {"count": count(number)}


def counted_over(rules: Rules) -> str:
    """Over which time the metric counts."""
    plan = rules.tiers
    if plan.window == "lifetime":
        return _("Everything you ever did here counts.")
    if plan.window == "calendar_year":
        return _("What you do in a calendar year counts.")
    text = ngettext("The last month counts.", "The last %(months)s months count.", plan.months)
    return text % {"months": count(plan.months)}


def _kept(standing: TierStanding, rules: Rules, unit: str) -> str:
    if standing.tier is None or standing.until is None:
        return ""
    given = {"tier": standing.tier.label, "day": day(standing.until)}
    if not standing.keep:
        return _("You keep %(tier)s until %(day)s at least.") % given
    more = {**given, "amount": amount(standing.keep, rules, unit)}
    return _("You keep %(tier)s until %(day)s. With %(amount)s more you keep it longer.") % more
