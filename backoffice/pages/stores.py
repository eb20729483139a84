"""The storefronts of this shop, each with its health in one line."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.guides import GUIDES
from backoffice.health import health_of
from staff.permissions import require
from storefront.models import Store


@require("stores.view")
def page(request: HttpRequest) -> HttpResponse:
    stores = list(Store.objects.order_by(F("disconnected_at").asc(nulls_first=True), "name", "pk"))
    listed = [{"health": health, "icon": GUIDES[health.store.kind].icon} for health in health_of(stores)]
    return render(request, "backoffice/stores.html", {"stores": listed})
