"""Bringing customers, balances and past orders from a file: the list, the upload, and one page for each file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.forms.imports import EncodingForm, MappingForm, UploadForm
from backoffice.fragments import asks_for
from backoffice.import_view import facts_of, listed
from backoffice.paging import page_of
from imports import acts, results, uploads
from imports.models import FILE_KINDS, Run
from imports.problems import Problem
from staff.actors import staff_actor
from staff.permissions import require

LONGEST_ID = 2**63 - 1
KINDS = [(kind, kind.label) for kind in FILE_KINDS]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require("imports.view")
def page(request: HttpRequest) -> HttpResponse:
    """All files that were given to us, the latest first."""
    runs = page_of(Run.objects.filter(kind__in=FILE_KINDS), request.GET)
    context = {"runs": runs, "items": [listed(run) for run in runs.rows], "kinds": KINDS}
    return render(request, "backoffice/imports.html", context)


@require("imports.run")
def new(request: HttpRequest) -> HttpResponse:
    """Give us a file."""
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "customers")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = uploads.receive(
                form.cleaned_data["file"], kind=form.cleaned_data["kind"], source=form.source,
                actor=staff_actor(request), at=timezone.now(),
            )  # fmt: skip
        except Problem as found:
            form.add_error("file", str(found))
        else:
            return redirect("backoffice:import", run.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "backoffice/import_new.html", {"form": form, "kinds": KINDS}, status=status)


@require("imports.view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: its columns, what the dry run found, how far it is, what came of it."""
    found = _run(pk)
    if asks_for(request, "run"):
        return render(request, "backoffice/import.html#run", _context(found))
    return render(request, "backoffice/import.html", _context(found))


@require_POST
@require("imports.run")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the dry run with the columns as they are said to be."""
    found = _run(pk)
    form = MappingForm(request.POST, run=found)
    if not form.is_valid():
        return render(request, "backoffice/import.html", _context(found, form=form), status=422)
    try:
        acts.check(found.pk, form.mapping, actor=staff_actor(request), at=timezone.now())
    except acts.WrongMoment:
        messages.error(request, _("This cannot be done at this stage."))
    return redirect("backoffice:import", pk)


@require_POST
@require("imports.run")
def encoding(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file again in other letters."""
    form = EncodingForm(request.POST)
    try:
        if form.is_valid():
            acts.reread(_run(pk).pk, form.cleaned_data["encoding"], at=timezone.now())
    except acts.WrongMoment:
        messages.error(request, _("This cannot be done at this stage."))
    return redirect("backoffice:import", pk)


@require_POST
@require("imports.run")
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Start, pause, resume, stop, undo, go back to the columns, or discard."""
    found = _run(pk)
    if act not in acts.ACTS:
        raise Http404
    try:
        acts.act(found.pk, act, actor=staff_actor(request), at=timezone.now())
    except acts.WrongMoment:
        messages.error(request, _("This cannot be done at this stage."))
    if act == "discard":
        return redirect("backoffice:imports")
    return redirect("backoffice:import", pk)


@require("imports.view")
def rows(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """The file with what became of each row: `errors` alone, or `all`. As it came: CSV or XLSX."""
    found = _run(pk)
    if which not in ("errors", "all") or not found.path or not found.chunks.exists():
        raise Http404
    table = results.result_rows(found, real=found.chunks.filter(real=True).exists(), only_errors=which == "errors")
    name = (
        f"{found.file_name.rpartition('.')[0] or found.file_name} – {_('errors') if which == 'errors' else _('result')}"
    )
    if not found.encoding:
        with results.as_workbook(table) as workbook:
            return download(workbook.read(), f"{name}.xlsx", XLSX)
    return download("".join(results.as_csv(table)).encode(), f"{name}.csv")


@require("imports.view")
def sample(request: HttpRequest, kind: str) -> HttpResponse:
    """A small table to fill in."""
    if kind not in FILE_KINDS:
        raise Http404
    return download("".join(results.sample_of(kind)).encode(), f"{kind}.csv")


def download(content: bytes, name: str, kind: str = "text/csv; charset=utf-8") -> HttpResponse:
    """A file to keep. Put together before it is sent: the language and the shop's schema are those of now."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _run(pk: int) -> Run:
    if pk > LONGEST_ID:
        raise Http404
    return get_object_or_404(Run, pk=pk, kind__in=FILE_KINDS)


def _context(run: Run, form: MappingForm | None = None) -> dict[str, Any]:
    if run.state == Run.State.MAPPING or form:
        form = form or MappingForm(None, run=run)
    return {
        "run": run,
        "form": form,
        "encoding_form": EncodingForm(initial={"encoding": run.encoding}),
        **facts_of(run, form),
    }
