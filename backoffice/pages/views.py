"""Keeping a view of the list of members: save, change, share, make it the first, forget it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import views
from backoffice.forms.members import ViewForm
from backoffice.member_columns import COLUMNS
from backoffice.member_words import tiers_of
from loyalty.finding import Wanted
from loyalty.programme import in_force
from staff.models import User
from staff.permissions import require


@require_POST
@require("customers.view")
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows now under a name."""
    assert isinstance(request.user, User)
    form = ViewForm(request.POST)
    wanted = _wanted(str(request.POST.get("query", "")))
    if not form.is_valid():
        messages.error(request, _("Give the view a name."))
        return _list(wanted.query)
    told = {"name": form.cleaned_data["name"], "shared": form.cleaned_data["shared"]}
    try:
        key = views.save(request.user, query=wanted.query, **told)
    except views.TooManyViews:
        messages.error(request, _("You keep as many views as there can be. Remove one first."))
        return _list(wanted.query)
    messages.success(request, _("View saved."))
    return _list({"view": key, **wanted.query})


@require_POST
@require("customers.view")
def act(request: HttpRequest, key: str, act: str) -> HttpResponse:
    """Change, share, keep to oneself, make the first, or forget a view."""
    assert isinstance(request.user, User)
    known = {view.key: view for view in views.views_for(request.user, tiers_of(in_force(timezone.now())))}
    if key not in known:
        raise Http404
    wanted = _wanted(str(request.POST.get("query", "")))
    if act == "default":
        views.make_default(request.user, key)
        messages.success(request, _("The list opens with this view from now on."))
        return _list({"view": key, **known[key].query})
    if not known[key].own or act not in ("change", "share", "unshare", "delete"):
        raise Http404
    if act == "delete":
        views.delete(request.user, key)
        messages.success(request, _("View removed."))
        return _list({"view": views.ALL})
    changes = {"query": wanted.query} if act == "change" else {"shared": act == "share"}
    views.change(request.user, key, **changes)
    messages.success(request, _("View saved."))
    return _list({"view": key, **(wanted.query if act == "change" else known[key].query)})


@require_POST
@require("customers.view")
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns of the list this person sees from now on."""
    assert isinstance(request.user, User)
    chosen = set(request.POST.getlist("column"))
    views.keep_columns(request.user, [name for name in COLUMNS if name in chosen])
    wanted = _wanted(str(request.POST.get("query", "")))
    return _list(wanted.query or {"view": views.ALL})


def _wanted(text: str) -> Wanted:
    return Wanted.read(dict(parse_qsl(text[:2000])))


def _list(query: object) -> HttpResponse:
    assert isinstance(query, dict)
    return redirect(f"{reverse('backoffice:customers')}?{urlencode(query)}")
