"""One change for many members: for whom, what, the preview with its cost, how far it is, what came of it, undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice import member_words
from backoffice.bulk_view import facts_of, listed
from backoffice.forms.bulk import BulkForm
from backoffice.fragments import asks_for
from backoffice.pages.imports import LONGEST_ID, download
from backoffice.paging import LONGEST_ID as DIGITS
from backoffice.paging import page_of
from customers.models import Customer
from imports import acts, bulk, results
from imports.models import BULK_KINDS, Run
from loyalty.finding import Wanted
from loyalty.programme import in_force
from staff.actors import staff_actor
from staff.permissions import require

DONE_BY = {"start", "pause", "resume", "stop", "undo", "discard"}
EXAMPLES = 5


@require("customers.bulk")
def page(request: HttpRequest) -> HttpResponse:
    """All changes of many, whoever made them, the latest first."""
    runs = page_of(Run.objects.filter(kind__in=BULK_KINDS), request.GET)
    return render(request, "backoffice/bulk.html", {"runs": runs, "items": [listed(run) for run in runs.rows]})


@require("customers.bulk")
def new(request: HttpRequest) -> HttpResponse:
    """For whom: those chosen on a page, or all who match a question; and what is to happen."""
    told = request.POST if request.method == "POST" else request.GET
    wanted = Wanted.read(dict(parse_qsl(told.get("query", "")[:2000])))
    chosen = None if told.get("who") == "all" else _ids(told.getlist("id"))
    form = BulkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and chosen != []:
        run = bulk.begin(
            form.change, chosen=chosen, wanted=wanted if chosen is None else None, key=str(form.cleaned_data["key"]),
            actor=staff_actor(request), at=timezone.now(),
        )  # fmt: skip
        return redirect("backoffice:bulk_run", run.pk)
    context = {"form": form, **_meant(request, wanted, chosen)}
    return render(request, "backoffice/bulk_new.html", context, status=422 if request.method == "POST" else 200)


@require("customers.bulk")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: what it would do, how far it is, what came of it."""
    context = facts_of(_run(pk), request.tenant.point_unit, at=timezone.now())
    template = "backoffice/bulk_run.html" + ("#run" if asks_for(request, "run") else "")
    return render(request, template, context)


@require_POST
@require("customers.bulk")
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Start, pause, resume, stop, undo or discard."""
    found = _run(pk)
    if act not in DONE_BY:
        raise Http404
    try:
        acts.act(found.pk, act, actor=staff_actor(request), at=timezone.now())
    except acts.WrongMoment:
        messages.error(request, _("This cannot be done at this stage."))
    return redirect("backoffice:bulk") if act == "discard" else redirect("backoffice:bulk_run", pk)


@require_GET
@require("customers.bulk")
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Each member with what became of them, as a table to keep."""
    found = _run(pk)
    if not found.path or not found.chunks.exists():
        raise Http404
    table = results.result_rows(found, real=found.chunks.filter(real=True).exists(), only_errors=False)
    return download("".join(results.as_csv(table)).encode(), f"{found.file_name} – {_('result')}.csv")


def _ids(texts: Sequence[str]) -> list[int]:
    ids = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= DIGITS]
    return ids[: bulk.MOST_CHOSEN]


def _meant(request: HttpRequest, wanted: Wanted, chosen: list[int] | None) -> dict[str, Any]:
    """Who is meant: how many, the first of them, and by which question."""
    now = timezone.localtime()
    found = wanted.found(at=now) if chosen is None else Customer.objects.present().filter(pk__in=chosen)
    tiers = member_words.tiers_of(in_force(now))
    return {
        "number": found.count(),
        "examples": list(found.order_by("-pk")[:EXAMPLES]),
        "most": bulk.MOST_MEMBERS,
        "chosen": chosen,
        "wanted": wanted,
        "query": request.POST.get("query") or request.GET.get("query", ""),
        "chips": [text for _name, text in member_words.chips(wanted, tiers, request.tenant.point_unit)],
    }


def _run(pk: int) -> Run:
    if pk > LONGEST_ID:
        raise Http404
    return get_object_or_404(Run, pk=pk, kind__in=BULK_KINDS)
