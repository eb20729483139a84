"""Everything that ever moved a member's points, newest first, each with its reason."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from loyalty.standing import history
from portal.sessions import ShopperRequest, shopper_required

PAGE = 30
# What a member can ask for, and the kinds of journals that are meant.
FILTERS = {
    "": (_("All"), None),
    "earned": (_("Earned"), ("earn", "mature", "claw_back", "transfer")),
    "used": (_("Used"), ("hold", "capture", "void")),
    "expired": (_("Expired"), ("expire", "write_off")),
    "shop": (_("By the shop"), ("adjust", "reverse")),
}


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """One page of the history; `before` (the last line read) leads to what is older, `show` to some kinds only."""
    before, show = _number(request.GET.get("before", "")), request.GET.get("show", "")
    show = show if show in FILTERS else ""
    lines = history(request.shopper.pk, before=before, limit=PAGE + 1, kinds=FILTERS[show][1])
    shown, more = lines[:PAGE], len(lines) > PAGE
    context = {
        "lines": shown,
        "show": show,
        "chips": [(_address(name), label, name == show) for name, (label, _kinds) in FILTERS.items()],
        "older": _address(show, before=shown[-1].journal_id) if more else "",
        "unit": request.tenant.point_unit,
        "now": timezone.now(),
        "newest": _address(show) if before else "",
    }
    return render(request, "portal/history.html", context)


def _address(show: str, **more: int) -> str:
    query = urlencode({**({"show": show} if show else {}), **more})
    return reverse("portal:history") + (f"?{query}" if query else "")


def _number(text: str) -> int | None:
    """A positive number that fits the database; anything else is no place in the history."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
