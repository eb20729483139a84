"""The storefronts of this shop, each with its health in one line; a new one is connected."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from backoffice import secrets
from backoffice.forms.stores import StoreForm
from backoffice.health import health_of
from staff.actors import staff_actor
from staff.permissions import require
from storefront.models import Store
from storefront.stores import create_store


@require("stores.view")
def page(request: HttpRequest) -> HttpResponse:
    stores = list(Store.objects.order_by(F("disconnected_at").asc(nulls_first=True), "name", "pk"))
    context = {"stores": health_of(stores)}
    return render(request, "backoffice/stores.html", context)


@require("stores.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Connect a storefront. Its page shows the signing secret once."""
    form = StoreForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "backoffice/store_new.html", {"form": form}, status=422 if form.is_bound else 200)
    store, secret = create_store(
        kind=form.cleaned_data["kind"],
        name=form.cleaned_data["name"],
        settings=form.settings,
        secret=form.cleaned_data["client_secret"],
        actor=staff_actor(request),
        at=timezone.now(),
    )
    if not form.cleaned_data["client_secret"]:
        secrets.keep_for_next_page(request, store, secret)
    return redirect("backoffice:store", store.public_id)
