"""One storefront: how it does, what is still to do, its secrets, its name, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import secrets
from backoffice.agreement import line_of
from backoffice.connection import latest_of, link_to, steps_of
from backoffice.forms.stores import NameForm, SecretForm
from backoffice.guides import GUIDES
from backoffice.health import health_of
from backoffice.pages.connecting import arrivals_of, made_here, secret_is_ours, snippets_of
from staff.actors import staff_actor
from staff.permissions import require
from storefront import refusals, stores
from storefront.models import Delivery, Store
from storefront.platforms import PLATFORMS


@require("stores.view")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    store, at = get_object_or_404(Store, public_id=public_id), timezone.now()
    shown = secrets.shown_once(request, store)
    steps = [] if store.disconnected_at else steps_of(store, latest_of(store, 1), at=at)
    context = {
        **arrivals_of(store),
        "guide": GUIDES[store.kind],
        "health": health_of([store])[0],
        "agreement": line_of(store),
        "counts": _counts(store),
        "steps": steps,
        "steps_total": len(steps),
        "steps_done": sum(step.done for step in steps),
        "next_step": next((step for step in steps if not step.done), None),
        "hook_url": stores.hook_url(store),
        "secret": shown,
        "valid_secrets": list(store.secrets.order_by("-created_at", "-pk")),
        "secret_is_theirs": not secret_is_ours(store.kind),
        "snippets": snippets_of(store, shown),
        "history_url": link_to("store_history", store),
        "agreement_url": link_to("store_agreement", store) if store.kind in PLATFORMS else "",
        "now": at,
    }
    return render(request, "backoffice/store.html", context)


@require_POST
@require("stores.edit")
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """A new secret; the old one goes on working for a day. Ours is shown once, a shop system's is typed in."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    given = request.POST.get("secret", "")
    if given or not secret_is_ours(store.kind):
        form = SecretForm({"secret": given}, kind=store.kind)
        if not form.is_valid():
            messages.error(request, " ".join(str(error) for error in form.errors["secret"]))
            return redirect("backoffice:store", public_id)
        given = form.cleaned_data["secret"]
    try:
        fresh = given or made_here(store.kind)
        secret = stores.rotate_secret(store, secret=fresh, actor=staff_actor(request), at=timezone.now())
    except stores.WrongSecret:
        messages.error(request, _("This is no signing secret. Copy it from your shop system again."))
        return redirect("backoffice:store", public_id)
    refusals.forget(store.public_id)
    if given:
        messages.success(request, _("Secret saved."))
    else:
        secrets.keep_for_next_page(request, store, secret)
    return redirect("backoffice:store", public_id)


@require_POST
@require("stores.edit")
def rename(request: HttpRequest, public_id: str) -> HttpResponse:
    """Call it otherwise."""
    store, form = get_object_or_404(Store, public_id=public_id), NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter a name of at most 100 characters."))
    elif form.cleaned_data["name"] != store.name:
        stores.rename_store(store, form.cleaned_data["name"], actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("Saved."))
    return redirect("backoffice:store", public_id)


@require_POST
@require("stores.edit")
def disconnect(request: HttpRequest, public_id: str) -> HttpResponse:
    """No more deliveries are taken from this storefront. What it has sent stays."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    stores.disconnect(store, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Disconnected: {name}").format(name=store.name))
    return redirect("backoffice:stores")


def _counts(store: Store) -> list[dict[str, object]]:
    """How many deliveries are in each state, in the order of the states; none where there are none."""
    found = dict(store.deliveries.order_by().values_list("state").annotate(Count("pk")))
    labels = dict(Delivery.State.choices)
    return [{"state": state, "label": labels[state], "count": found[state]} for state in labels if found.get(state)]
