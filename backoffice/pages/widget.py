"""The widget of one storefront: where it may stand, what to paste, its secret, and why sign-ins did not work."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backoffice import secrets
from backoffice.forms.stores import WidgetForm
from staff.actors import staff_actor
from staff.permissions import require
from storefront import embedding, refusals, widgets
from storefront.advice import token_reason
from storefront.models import Store

WHAT = "widget"  # which secret of the store is shown once


@require_http_methods(["GET", "HEAD", "POST"])
@require("stores.edit")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The settings, and what to paste. POST: keep sites and side."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    if request.method != "POST":
        return _page(request, store, WidgetForm(initial=_present(store)))
    form = WidgetForm(request.POST)
    if not form.is_valid():
        return _page(request, store, form, status=422)
    widgets.place(store, **form.cleaned_data, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("backoffice:store_widget", public_id)


@require_POST
@require("stores.edit")
def new_secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make the secret that tokens are signed with; shown once. The one before works for a day."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    made = widgets.new_secret(store, actor=staff_actor(request), at=timezone.now())
    secrets.keep_for_next_page(request, store, made, what=WHAT)
    return redirect("backoffice:store_widget", public_id)


def _page(request: HttpRequest, store: Store, form: WidgetForm, status: int = 200) -> HttpResponse:
    at, shown = timezone.now(), secrets.shown_once(request, store, what=WHAT)
    lately = refusals.lately(store.public_id, at=at, door=refusals.WIDGET)
    address = urlsplit(embedding.script_url(store))
    context = {
        "store": store,
        "form": form,
        "widget": widgets.widget_of(store),
        "snippet": embedding.page_snippet(store),
        "secret": shown,
        "examples": embedding.token_examples(store, shown),
        "refusals": [{"reason": token_reason(r.code), "count": r.count, "at": r.at} for r in lately],
        "script_url": f"{address.path}?{address.query}",
        "now": at,
    }
    return render(request, "backoffice/store_widget.html", context, status=status)


def _present(store: Store) -> dict[str, str]:
    widget = widgets.widget_of(store)
    return {"sites": "\n".join(widget.sites), "side": widget.side}
