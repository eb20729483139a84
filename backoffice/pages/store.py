"""One storefront: its address, its secret (once), a snippet to try it, whether it has been heard of."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import secrets
from backoffice.fragments import asks_for
from backoffice.health import health_of
from staff.actors import staff_actor
from staff.permissions import require
from storefront import snippets, stores
from storefront.connectors import CONNECTORS
from storefront.models import Delivery, Store

PLACEHOLDER = "whsec_..."  # stands in the snippets when the secret is not to be shown
FEW = 5
LONGEST_SECRET = 200


@require("stores.view")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    store = get_object_or_404(Store, public_id=public_id)
    if asks_for(request, "arrivals"):
        return render(request, "backoffice/store.html#arrivals", {**_arrivals(store), "has_just_arrived": True})
    secret = secrets.shown_once(request, store)
    context = {
        **_arrivals(store),
        "health": health_of([store])[0],
        "hook_url": request.tenant.url(f"/hooks/{store.public_id}/"),
        "secret": secret,
        "valid_secrets": list(store.secrets.order_by("-created_at", "-pk")),
        "secret_is_theirs": not CONNECTORS[store.kind].SECRET_IS_OURS,
        "snippets": _snippets(store, secret or PLACEHOLDER),
        "now": timezone.now(),
    }
    return render(request, "backoffice/store.html", context)


@require_POST
@require("stores.edit")
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """A new secret; the old one goes on working for a day. Ours is shown once, a shop system's is typed in."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    given = request.POST.get("secret", "").strip()[:LONGEST_SECRET]
    try:
        secret = stores.rotate_secret(store, secret=given, actor=staff_actor(request), at=timezone.now())
    except stores.WrongSecret:
        messages.error(request, _("This is no signing secret. Copy it from your shop system again."))
        return redirect("backoffice:store", public_id)
    if given:
        messages.success(request, _("Secret saved."))
    else:
        secrets.keep_for_next_page(request, store, secret)
    return redirect("backoffice:store", public_id)


@require_POST
@require("stores.edit")
def disconnect(request: HttpRequest, public_id: str) -> HttpResponse:
    """No more deliveries are taken from this storefront. What it has sent stays."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    stores.disconnect(store, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Disconnected: {name}").format(name=store.name))
    return redirect("backoffice:stores")


def _arrivals(store: Store) -> dict[str, object]:
    """The latest deliveries; the page asks again every few seconds while it waits for the first."""
    deliveries = list(Delivery.objects.filter(store=store).order_by("-id").defer("body", "headers")[:FEW])
    settled = any(delivery.state != Delivery.State.NEW for delivery in deliveries)
    return {"store": store, "deliveries": deliveries, "waiting": not settled and not store.disconnected_at}


def _snippets(store: Store, secret: str) -> dict[str, str]:
    if store.kind != Store.Kind.GENERIC:
        return {}
    return {"curl": snippets.curl_snippet(store, secret), "python": snippets.python_snippet(store, secret)}
