"""What the shop owes its members: points and money as of a day, when they came and go, what moved by month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backoffice.tabs import report_tabs
from config import formatting
from config.charts import Chart, Series
from loyalty.liability import Breakage, Bucket, Liability, Movement, remembered
from staff.permissions import require

MOST_MONTHS = 24  # of expiry shown one by one
FIRST_YEAR = 2000


@require_GET
@require("liability.view")
def page(request: HttpRequest) -> HttpResponse:
    """The report as of the day in ?day=, or as it stands now."""
    now = timezone.now()
    day = _day(request, now)
    found, unit = remembered(at=now, day=day), request.tenant.point_unit
    context = {
        "found": found,
        "day": day,
        "today": timezone.localdate(now),
        "tabs": report_tabs(request),
        "stats": _stats(found, unit),
        "breakage": _breakage(found.breakage, unit),
        "by_expiry": _by_expiry(found.by_expiry, unit),
        "by_age": _by_age(found.by_age, found.day, unit),
        "movements": [_movement(month) for month in reversed(_since_the_first(found.movements))],
        "is_older": found.counted_at < now,
        "is_empty": not found.accounts.outstanding and not any(m.issued for m in found.movements),
    }
    return render(request, "backoffice/liability.html", context)


def _day(request: HttpRequest, now: datetime) -> date | None:
    """The past day asked for; None for today, what is to come, and what makes no sense."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day and day.year >= FIRST_YEAR and day < timezone.localdate(now) else None


def _stats(found: Liability, unit: str) -> list[dict[str, str]]:
    accounts = found.accounts
    worth = "–" if found.worth_minor is None else formatting.money(found.worth_minor, found.currency)
    return [
        _stat(_("Outstanding points"), accounts.outstanding, unit, _("Points that members can still come to use")),
        {"label": _("In money"), "value": worth, "unit": "", "hint": _("By the programme’s worth of 100 points")},
        _stat(_("Available"), accounts.available, unit, ""),
        _stat(_("Pending"), accounts.pending, unit, _("Earned, still in the waiting time")),
        _stat(_("Set aside"), accounts.held, unit, _("For rewards that are not used yet")),
        _stat(_("Owed by members"), accounts.debt, unit, _("Used, then taken back; not part of the sum above")),
    ]


def _stat(label: str, points: int, unit: str, hint: str) -> dict[str, str]:
    return {"label": label, "value": formatting.count(points), "unit": unit, "hint": hint}


def _breakage(found: Breakage | None, unit: str) -> str:
    """What will probably expire, and how sure that is, in one sentence."""
    if found is None:
        return ""
    return _(
        "Probably {points} of it will expire unused, between {low} and {high}: of what ended in {months} past months,"
        " {percent} % had expired."
    ).format(
        points=formatting.points(found.points, unit),
        low=formatting.points(found.points_low, unit),
        high=formatting.points(found.points_high, unit),
        months=formatting.count(found.cohorts),
        percent=formatting.count(round(found.share * 100)),
    )


def _since_the_first(months: Sequence[Movement]) -> Sequence[Movement]:
    """Without the months before there were any points; the last one is always there."""
    first = next((place for place, m in enumerate(months) if m.opening or m.issued or m.adjusted), len(months) - 1)
    return months[first:]


def _movement(month: Movement) -> dict[str, object]:
    cells = [
        month.opening, month.issued, -month.redeemed, -month.expired, -month.clawed_back, month.adjusted, month.closing,
    ]  # fmt: skip
    return {"label": _month(month.month), "cells": cells}


def _by_expiry(buckets: Sequence[Bucket], unit: str) -> Chart:
    """Month by month; what lies far ahead, and what never expires, in bars of their own."""
    months = [bucket for bucket in buckets if bucket.since]
    far = sum(bucket.points for bucket in months[MOST_MONTHS:])
    never = sum(bucket.points for bucket in buckets if bucket.since is None)
    rows = [(_month(bucket.since), bucket.points) for bucket in months[:MOST_MONTHS]]
    rows += [(_("later"), far)] if far else []
    rows += [(_("never"), never)] if never else []
    return _chart(_("When points expire"), rows, unit)


AGES = ((0, 3), (3, 6), (6, 12), (12, 24), (24, None))


def _by_age(buckets: Sequence[Bucket], day: date, unit: str) -> Chart:
    """By months since the points were issued."""
    rows = [(_age(least, most), _between(buckets, day, least, most)) for least, most in AGES]
    return _chart(_("How old points are, in months"), rows if any(points for _label, points in rows) else [], unit)


def _age(least: int, most: int | None) -> str:
    return f"{least}+" if most is None else f"{least}–{most}"


def _between(buckets: Sequence[Bucket], day: date, least: int, most: int | None) -> int:
    months = [
        ((day.year - bucket.since.year) * 12 + day.month - bucket.since.month, bucket.points)
        for bucket in buckets
        if bucket.since
    ]
    return sum(points for age, points in months if age >= least and (most is None or age < most))


def _month(since: date | None) -> str:
    return date_format(since, "YEAR_MONTH_FORMAT") if since else ""


def _chart(title: str, rows: Sequence[tuple[str, int]], unit: str) -> Chart:
    return Chart(
        title=title,
        labels=[label for label, _points in rows],
        series=[Series(_("Points"), [points for _label, points in rows])],
        unit=unit,
    )
