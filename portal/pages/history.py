"""Everything that ever moved a member's points, newest first, each with its reason."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.standing import history, lots
from portal.expiries import by_expiry
from portal.sessions import ShopperRequest, shopper_required

PAGE = 30


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """One page of the history; `before` (the last line read) leads to what is older."""
    before = _number(request.GET.get("before", ""))
    lines = history(request.shopper.pk, before=before, limit=PAGE + 1)
    shown, more = lines[:PAGE], len(lines) > PAGE
    here = reverse("portal:history")
    context = {
        "lines": shown,
        "expiries": [] if before else by_expiry(lots(request.shopper.pk)),
        "older": f"{here}?before={shown[-1].journal_id}" if more else "",
        "unit": request.tenant.point_unit,
        "now": timezone.now(),
        "newest": here if before else "",
    }
    return render(request, "portal/history.html", context)


def _number(text: str) -> int | None:
    """A positive number that fits the database; anything else is no place in the history."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
