"""Home: one true sentence, the figures, the set-up checklist, what happened last."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice import activity, summary, worth
from backoffice.checklist import checklist
from backoffice.figures import Overview, remembered
from backoffice.paging import address
from config.charts import Chart, Series
from loyalty import programme
from loyalty.claims import open_count
from staff.models import User
from staff.permissions import may, require

PERIODS = (7, 30, 90)


@require("dashboard.view")
def page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    now, merchant = timezone.now(), request.tenant
    numbers = remembered(days=_period(request), currency=merchant.currency, at=now)
    liability = worth.money_of(numbers.outstanding, programme.in_force(now))
    context = {
        "headline": summary.headline(numbers),
        "stats": summary.stats(numbers, liability=liability, currency=merchant.currency, unit=merchant.point_unit),
        "is_new": numbers.is_empty,
        "figures_from": numbers.at if numbers.at < now else None,
        "checklist": checklist(request.user),
        "chart": _chart(numbers, merchant.point_unit),
        "periods": _periods(request, numbers.days),
        "activity": activity.latest(),
        "claims_open": open_count() if may(request.user, "claims.decide") else 0,
    }
    return render(request, "backoffice/home.html", context)


def _period(request: HttpRequest) -> int:
    """The days that `?days=` asks for; anything else is a week."""
    return next((days for days in PERIODS if request.GET.get("days") == str(days)), PERIODS[0])


def _periods(request: HttpRequest, chosen: int) -> list[dict[str, object]]:
    labels = {7: _("7 days"), 30: _("30 days"), 90: _("90 days")}
    return [
        {"url": address(request.GET, days=days), "label": labels[days], "current": days == chosen} for days in PERIODS
    ]


def _chart(numbers: Overview, unit: str) -> Chart:
    """Points by week; an empty chart, not a row of zeros, when there never were any."""
    earned = [week.earned for week in numbers.weeks]
    return Chart(
        title=_("Points earned by week"),
        labels=[date_format(week.start, "MONTH_DAY_FORMAT") for week in numbers.weeks],
        series=[Series(_("Points earned"), earned if any(earned) else [None for _week in earned])],
        summary=_("Each bar is a week from Monday; the last one is not over yet."),
        unit=unit,
    )
