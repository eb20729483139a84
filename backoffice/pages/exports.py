"""Exports: choose a list, say why, take the file; and what was taken before."""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import exporting
from backoffice.exporting import LISTS, Export, TooMany
from backoffice.forms.exports import ExportForm
from backoffice.tabs import report_tabs
from staff.actors import staff_actor
from staff.models import User
from staff.permissions import may, require

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_http_methods(["GET", "POST"])
@require("exports.run")
def page(request: HttpRequest) -> HttpResponseBase:
    """GET: the form, filled by ?kind= and the filters of the list one comes from, and past exports. POST: the file."""
    assert isinstance(request.user, User)
    may_unmask = may(request.user, "exports.unmask")
    if request.method == "GET":
        return _page(request, ExportForm(initial=_initial(request), may_unmask=may_unmask))
    form = ExportForm(request.POST, may_unmask=may_unmask)
    if not form.is_valid():
        return _page(request, form, status=422)
    if form.cleaned_data.get("unmasked") and not did_recently_reauthenticate(request):
        return _ask_again(form)
    return _file(request, form)


def _file(request: HttpRequest, form: ExportForm) -> HttpResponseBase:
    wanted = form.cleaned_data
    try:
        export = exporting.start(
            wanted["kind"], QueryDict(wanted["query"]), merchant=request.tenant, format=wanted["format"],
            unmasked=wanted.get("unmasked", False), reason=wanted["reason"], actor=staff_actor(request),
            at=timezone.now(),
        )  # fmt: skip
    except TooMany:
        form.add_error("format", _("A workbook holds a million rows at most. Choose CSV, or fewer rows."))
        return _page(request, form, status=422)
    return _sent(export)


def _sent(export: Export) -> HttpResponseBase:
    response: StreamingHttpResponse | FileResponse
    if export.format == "csv":
        response = StreamingHttpResponse(export.as_csv(), content_type=CONTENT_TYPES["csv"])
    else:
        response = FileResponse(export.as_workbook(), content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{export.name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _ask_again(form: ExportForm) -> HttpResponse:
    """To the password, and back to the form as it was filled in."""
    kept = {name: form.cleaned_data[name] for name in ("kind", "format", "reason")}
    filters = form.cleaned_data["query"]
    back = f"{reverse('backoffice:exports')}?{filters}{'&' if filters else ''}{urlencode({**kept, 'unmasked': '1'})}"
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


OURS = ("kind", "format", "reason", "unmasked")


def _initial(request: HttpRequest) -> dict[str, object]:
    """The form as the address fills it in; all that is not the form's own are filters of the list."""
    said = {name: request.GET[name][:200] for name in OURS if name in request.GET}
    if said.get("kind") not in LISTS:
        said.pop("kind", None)
    filters = request.GET.copy()
    for name in (*OURS, "before", "after", "view"):
        filters.pop(name, None)
    return {"format": "xlsx", "kind": "customers", **said, "query": filters.urlencode()[:2000]}


def _page(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    query = str(form["query"].value() or "")
    context = {
        "form": form,
        "filters": [(name, value) for name, value in QueryDict(query).items() if value],
        "tabs": report_tabs(request),
        "past": [{**one, "label": _label(str(one["kind"]))} for one in exporting.past()],
    }
    return render(request, "backoffice/exports.html", context, status=status)


def _label(kind: str) -> str:
    return str(LISTS[kind].label) if kind in LISTS else kind
