"""The storefronts of this shop, each with its health in one line."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.agreement import lines_of
from backoffice.guides import GUIDES
from backoffice.health import health_of
from staff.permissions import require
from storefront.models import Store


@require("stores.view")
def page(request: HttpRequest) -> HttpResponse:
    stores = list(Store.objects.order_by(F("disconnected_at").asc(nulls_first=True), "name", "pk"))
    rows = zip(health_of(stores), lines_of(stores), strict=True)
    listed = [{"health": h, "icon": GUIDES[h.store.kind].icon, "agreement": line} for h, line in rows]
    return render(request, "backoffice/stores.html", {"stores": listed})
