"""Who would go up and down by the draft's tiers, and what that costs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import desk
from backoffice.fragments import is_htmx
from loyalty.movers import Movers, TooLong, movers_at_a_glance
from loyalty.rules import Rules
from staff.permissions import require


@require("programme.publish")
def page(request: HttpRequest) -> HttpResponse:
    """The members who would move; only that piece for htmx."""
    now = timezone.now()
    table = desk.Desk(request, now)
    context: dict[str, Any] = {"table": table, "parts": table.places("tiers")}
    try:
        found = movers_at_a_glance(table.rules.tiers, at=now, rules=table.rules)
    except TooLong:
        context["too_long"] = True
    else:
        examples = [*_examples(found, table, "up"), *_examples(found, table, "down")]
        context |= {"found": found, "rows": rows(found, table.rules), "examples": examples}
    whole = "backoffice/editor/movers.html"
    return render(request, f"{whole}#found" if is_htmx(request) else whole, context)


def rows(found: Movers, rules: Rules) -> list[dict[str, Any]]:
    """For each tier, highest first, how many come up to it, fall to it and stay; the last row is no tier."""
    ways = {"up": found.up, "down": found.down, "same": found.unchanged}
    steps = [(tier.key, tier.label) for tier in reversed(rules.tiers.tiers)]
    return [
        {"label": label, **{name: moved.get(key, 0) for name, moved in ways.items()}}
        for key, label in [*steps, ("", _("No tier"))]
    ]


def _examples(found: Movers, table: desk.Desk, way: str) -> list[dict[str, Any]]:
    present = table.latest.terms.tiers.tiers if table.latest else ()
    names = {tier.key: tier.label for tier in (*present, *table.rules.tiers.tiers)} | {"": _("No tier")}
    listed = found.up_examples if way == "up" else found.down_examples
    return [
        {
            "pk": one.customer_id,
            "name": one.name or _("Without a name"),
            "way": way,
            "before": names.get(one.from_tier, one.from_tier),
            "after": names.get(one.to_tier, one.to_tier),
        }
        for one in listed
    ]
