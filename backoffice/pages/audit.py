"""The audit trail: who did what, when, and what changed. Nobody can edit it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from backoffice.fragments import asks_for, wanted_text
from backoffice.paging import Page, page_of
from staff import wording
from staff.models import AuditEntry, User
from staff.permissions import require
from storefront.models import Store

# Where the thing of an entry has a page of its own.
PAGES = {
    "customer": "backoffice:customer",
    "order": "backoffice:order",
    "delivery": "backoffice:delivery",
}
# By the part of an action before its dot.
ICONS = {
    "customer": "user",
    "points": "coins",
    "programme": "sparkles",
    "storefront": "plug",
    "delivery": "package",
    "staff": "id-card",
    "account": "key-round",
    "shop": "store",
}


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: AuditEntry
    sentence: str
    changes: list[wording.Change]
    url: str
    icon: str


@require("audit.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The trail, newest first, filtered by the address: ?q= &person= &area= &kind=&id= &from= &to=."""
    page = page_of(_filtered(request), request.GET)
    context = {
        "page": page,
        "lines": _lines(page),
        "q": wanted_text(request),
        "filters": request.GET,
        "kept": [(name, request.GET[name]) for name in ("kind", "id") if name in request.GET],
        "people": [(str(user.pk), str(user)) for user in User.objects.order_by("name", "email")],
        "areas": list(wording.AREAS.items()),
        "is_filtered": any(request.GET.get(name) for name in ("q", "person", "area", "kind", "from", "to")),
    }
    part = "#results" if asks_for(request, "results") else ""
    return render(request, f"backoffice/audit.html{part}", context)


def _lines(page: Page[AuditEntry]) -> list[Line]:
    stores = _store_addresses(page.rows)
    return [
        Line(
            entry,
            wording.sentence(entry),
            list(wording.changes(entry)),
            stores.get(entry.object_id or 0, "") if entry.object_kind == "store" else object_url(entry),
            ICONS.get(entry.action.partition(".")[0], "pencil"),
        )
        for entry in page.rows
    ]


def object_url(entry: AuditEntry) -> str:
    """The page of the thing that was changed, or nothing."""
    if entry.object_kind == "programme_version" and entry.object_label.isdigit():
        return reverse("backoffice:programme_version", args=[entry.object_label])
    name = PAGES.get(entry.object_kind)
    return reverse(name, args=[entry.object_id]) if name and entry.object_id is not None else ""


def _store_addresses(entries: list[AuditEntry]) -> dict[int, str]:
    """The pages of the storefronts among the entries' things; their addresses hold no number."""
    numbers = {entry.object_id for entry in entries if entry.object_kind == "store" and entry.object_id}
    if not numbers:
        return {}
    found = Store.objects.filter(pk__in=numbers).values_list("pk", "public_id")
    return {number: reverse("backoffice:store", args=[public_id]) for number, public_id in found}


def _filtered(request: HttpRequest) -> QuerySet[AuditEntry]:
    """What the address asks for; a value that makes no sense is left out."""
    rows = AuditEntry.objects.exclude(object_kind="setup")  # visits for the set-up checklist: nothing changed
    query = request.GET
    if text := wanted_text(request):
        rows = rows.filter(Q(object_label__icontains=text) | Q(actor_name__icontains=text))
    if (person := _number(query, "person")) is not None:
        rows = rows.filter(actor_kind="staff", actor_id=person)
    if query.get("area") in wording.AREAS:
        rows = rows.filter(action__startswith=f"{query['area']}.")
    if query.get("kind") in wording.KINDS:
        rows = rows.filter(object_kind=query["kind"])
        if (number := _number(query, "id")) is not None:
            rows = rows.filter(object_id=number)
    if first := _day(query, "from"):
        rows = rows.filter(at__gte=_midnight(first))
    if last := _day(query, "to"):
        rows = rows.filter(at__lt=_midnight(last + timedelta(days=1)))
    return rows


def _number(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _day(query: QueryDict, name: str) -> date | None:
    """A day of the shop's calendar, within what the calendar can count."""
    try:
        day = parse_date(query.get(name, ""))
    except ValueError:
        return None
    return day if day and 1900 < day.year < 9000 else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
