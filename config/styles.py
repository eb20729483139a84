"""The live style page for developers, only in debug: every component in every state, from made-up data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from config.charts import Chart, Series

AT = datetime(2026, 11, 21, 6, 20, tzinfo=UTC)
WEEKS = [
    f"{month}/{day}"
    for month, day in [(9, 7), (9, 14), (9, 21), (9, 28), (10, 5), (10, 12), (10, 19), (10, 26), (11, 2), (11, 9)]
]
EARNED = [18_400, 21_250, 19_900, 24_800, 26_300, 25_100, 31_700, 30_400, 36_900, 41_200]
USED = [6_100, 8_300, 7_900, 9_400, 12_800, None, 13_100, 15_600, 14_900, 17_300]
USED_WHOLE = [value or 0 for value in USED]


@dataclass(frozen=True)
class Place:
    """A navigation item, a tab or a breadcrumb, as the layouts expect it."""

    url: str
    label: object
    icon: str = "circle"
    current: bool = False
    count: int | None = None
    badge: int = 0


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=_("Name of the rule"), help_text=_("Members see it in their history."), initial="커피 적립"
    )
    points = forms.IntegerField(label=_("Points"), initial=500)
    email = forms.EmailField(label=_("E-mail"))
    kind = forms.ChoiceField(label=_("What counts"), choices=[("net", _("Without tax")), ("gross", _("With tax"))])
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    rounding = forms.ChoiceField(
        label=_("Rounding"),
        choices=[("down", _("Down")), ("nearest", _("To the nearest point"))],
        widget=forms.RadioSelect,
        initial="down",
    )
    agreed = forms.BooleanField(
        label=_("Members may spend points at once"), help_text=_("Otherwise after 14 days."), required=False
    )


def page(request: HttpRequest) -> HttpResponse:
    """`/styles/`: the components inside the backoffice's frame; `?frame=portal|card|public` shows the other layouts."""
    frame = request.GET.get("frame", "")
    template = f"styles/{frame}.html" if frame in {"portal", "card", "public"} else "styles/page.html"
    return render(request, template, _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    wrong = SampleForm({"name": "", "points": "", "email": "not-an-address", "kind": "net"})
    wrong.is_valid()
    return {
        "nav": _navigation(request.GET.get("frame", "")),
        "form": SampleForm(prefix="ok"),
        "wrong": wrong,
        "at": AT,
        "yesterday": AT - timedelta(days=1),
        "line": Chart(_text(_("Points a week")), WEEKS, [Series(_text(_("Earned")), EARNED)], unit="P"),
        "lines": Chart(
            _text(_("Earned and used")),
            WEEKS,
            [Series(_text(_("Earned")), EARNED), Series(_text(_("Used")), USED)],
            summary=_text(_("last ten weeks")),
            unit="P",
        ),
        "bars": Chart(
            _text(_("Earned and used by week")),
            WEEKS,
            [Series(_text(_("Earned")), EARNED), Series(_text(_("Used")), USED_WHOLE)],
            unit="P",
        ),
        "nothing": Chart(_text(_("An empty chart")), WEEKS, [Series("–", [None] * len(WEEKS))]),
        "tabs": [
            Place("#", _("All"), current=True, count=1248),
            Place("#", _("Members"), count=982),
            Place("#", _("Guests"), count=266),
        ],
        "trail": [Place("#", _("Customers")), Place("#", "김민지")],
        "options": [("KRW", "원"), ("GBP", "£")],
    }


def _navigation(frame: str) -> list[Place]:
    if frame == "portal":
        return [
            Place("#", _("Home"), "house", current=True),
            Place("#", _("History"), "list"),
            Place("#", _("Card"), "qr-code"),
            Place("#", _("Me"), "user-round"),
        ]
    return [
        Place("#", _("Home"), "house", current=True),
        Place("#", _("Customers"), "users"),
        Place("#", _("Programme"), "sparkles"),
        Place("#", _("Storefronts"), "plug", badge=3),
        Place("#", _("Staff"), "id-card"),
        Place("#", _("Settings"), "settings"),
        Place("#", _("Audit trail"), "scroll-text"),
    ]


def _text(lazy: object) -> str:
    return str(lazy)
