"""The programme: the rules in force in plain words, what they cost, a form that shows both before it publishes."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import worth
from backoffice.figures import turnover
from backoffice.forms.programme import ProgrammeForm
from loyalty import programme
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules
from staff.actors import staff_actor
from staff.permissions import may, require

MONTH = timedelta(days=30)
VERSIONS_SHOWN = 50


@require("programme.view")
def page(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    versions = list(ProgrammeVersion.objects.order_by("-number")[:VERSIONS_SHOWN])
    in_force = next((version for version in versions if version.in_force_from <= now), None)
    context = {
        "in_force": in_force,
        "planned": [version for version in versions if version.in_force_from > now],
        "versions": versions,
        **(_consequences(request, in_force.terms) if in_force else {}),
    }
    return render(request, "backoffice/programme.html", context)


@require("programme.publish")
def edit(request: HttpRequest) -> HttpResponse:
    """Change the rules. Publishing makes a new version; orders placed before keep the one they were placed under."""
    latest, rules = programme.current(), _present_rules(request)
    form = ProgrammeForm(rules, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _edit_page(request, form, rules)
    assert form.result is not None
    if latest and form.result == rules:
        messages.info(request, _("Nothing was changed, so nothing was published."))
        return redirect("backoffice:programme")
    try:
        version = programme.publish(form.result, note=form.note, actor=staff_actor(request), at=timezone.now())
    except programme.CannotPublish as cannot:
        form.rules.add_error(None, str(cannot))
        return _edit_page(request, form, form.result)
    messages.success(request, _("Published. Version {number} is in force now.").format(number=version.number))
    return redirect("backoffice:programme")


def _edit_page(request: HttpRequest, form: ProgrammeForm, rules: Rules) -> HttpResponse:
    context = {"form": form, "is_first": programme.current() is None, **_consequences(request, form.result or rules)}
    return render(request, "backoffice/programme_edit.html", context, status=422 if form.rules.is_bound else 200)


@require_POST
@require("programme.publish")
def preview(request: HttpRequest) -> HttpResponse:
    """The consequences of the form as it stands, while it is being filled in."""
    rules = _present_rules(request)
    form = ProgrammeForm(rules, request.POST)
    context = {"form": form, **(_consequences(request, form.result) if form.is_valid() and form.result else {})}
    if form.result and (changed := worth.differences(rules, form.result, request.tenant.point_unit)):
        context["changed"] = changed
    return render(request, "backoffice/programme_edit.html#consequences", context)


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
        "changed": worth.differences(before.terms, rules, unit) if before else [],
        "may_publish": may(request.user, "programme.publish"),  # type: ignore[arg-type]
    }
    return render(request, "backoffice/programme_version.html", context)


def _present_rules(request: HttpRequest) -> Rules:
    """The latest rules, or what a new shop of this country starts with."""
    merchant = request.tenant
    latest = programme.current()
    return latest.terms if latest else programme.default_rules(merchant.country, merchant.currency)


def _consequences(request: HttpRequest, rules: Rules | None) -> dict[str, object]:
    """Rules in plain words and in money, with what they would have cost in the last thirty days."""
    if rules is None:
        return {}
    unit = request.tenant.point_unit
    spent = turnover(since=timezone.now() - MONTH, currency=rules.currency)
    earned = spent * rules.earn_points // rules.earn_per
    return {
        "rules": rules,
        "lines": worth.plain(rules, unit),
        "examples": worth.examples(rules, unit),
        "percent": worth.percent_back(rules),
        "month": {"spent": spent, "earned": earned, "worth": rules.worth(earned)} if spent else None,
    }
