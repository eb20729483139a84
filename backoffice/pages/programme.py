"""The programme: the rules in force in plain words, what they cost, and all versions with what each changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from backoffice import worth
from backoffice.figures import turnover
from loyalty import drafts
from loyalty.differences import differences
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from loyalty.starts import STARTS, TEXTS, TITLES
from staff.permissions import may, require

MONTH = timedelta(days=30)
VERSIONS_SHOWN = 50


@require("programme.view")
def page(request: HttpRequest) -> HttpResponse:
    """The rules in force, the draft where there is one, and the versions."""
    now = timezone.now()
    versions = list(ProgrammeVersion.objects.order_by("-number")[:VERSIONS_SHOWN])
    in_force = next((version for version in versions if version.in_force_from <= now), None)
    context = {
        "in_force": in_force,
        "planned": [version for version in versions if version.in_force_from > now],
        "versions": versions,
        "draft": drafts.draft(),
        "starts": starts(),
        **(consequences(request, in_force.terms, now) if in_force else {}),
    }
    return render(request, "backoffice/programme.html", context)


def starts() -> list[dict[str, object]]:
    """The recommended starts, for a list."""
    icons = {"cafe_stamps": "coffee", "points": "coins", "tiers": "crown"}
    return [{"name": name, "title": TITLES[name], "text": TEXTS[name], "icon": icons[name]} for name in STARTS]


@require("programme.view")
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version, and what it changed."""
    shown = get_object_or_404(ProgrammeVersion, number=number)
    before = ProgrammeVersion.objects.filter(number__lt=number).order_by("-number").first()
    rules, unit = shown.terms, request.tenant.point_unit
    context = {
        "version": shown,
        "before": before,
        "lines": worth.plain(rules, unit),
        "changed": differences(before.terms, rules, unit) if before else [],
        "is_latest": not ProgrammeVersion.objects.filter(number__gt=number).exists(),
        "draft": drafts.draft(),
        "may_publish": may(request.user, "programme.publish"),  # type: ignore[arg-type]
    }
    return render(request, "backoffice/programme_version.html", context)


def consequences(request: HttpRequest, rules: Rules, at: datetime) -> dict[str, object]:
    """Rules in plain words and in money, with what they would have cost in the last thirty days."""
    unit = request.tenant.point_unit
    spent = turnover(since=at - MONTH, currency=rules.currency)
    earned = spent * rules.earn_points // rules.earn_per
    return {
        "rules": rules,
        "lines": worth.plain(rules, unit),
        "examples": worth.examples(rules, unit, worth.setting_of(request.tenant, rules.currency, at)),
        "percent": worth.percent_back(rules),
        "month": {"spent": spent, "earned": earned, "worth": rules.worth(earned)} if spent else None,
    }
