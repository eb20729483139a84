"""Orders as their storefronts say they stand now, each with the points it earned and why."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backoffice.fragments import asks_for, wanted_text
from backoffice.paging import address, page_of
from backoffice.told import of_order
from customers.models import Order
from loyalty.models import OrderEarning
from staff.permissions import require
from storefront.models import Delivery, Store


@require("customers.view")
def page(request: HttpRequest) -> HttpResponse:
    text, state = wanted_text(request), _state(request)
    found = _found(text, state).select_related("customer", "earning").defer("lines", "refunds")
    context = {
        "orders": page_of(found, request.GET),
        "q": text,
        "state": state,
        "chips": _chips(request, state),
        "is_filtered": bool(text or state),
        "clear_url": request.path,
    }
    template = "backoffice/orders.html" + ("#results" if asks_for(request, "results") else "")
    return render(request, template, context)


@require("customers.view")
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order: lines, refunds, and the points with the rules frozen for it."""
    found = get_object_or_404(Order.objects.select_related("customer"), pk=pk)
    earning = OrderEarning.objects.filter(order=found).select_related("programme_version").first()
    context = {
        "order": found,
        "store": Store.objects.filter(public_id=found.source).first(),
        "earning": earning,
        "told": of_order(found),
        "refunds": _refunds(found),
        "deliveries": list(Delivery.objects.filter(order_id=found.pk).order_by("-id").defer("body")[:10]),
    }
    return render(request, "backoffice/order.html", context)


def _refunds(order: Order) -> list[dict[str, Any]]:
    """The refunds as they stand in the snapshot, the oldest first, each with its `external_id` and `moment`."""
    refunds = [
        {**refund, "external_id": number, "moment": parse_datetime(refund["at"])}
        for number, refund in order.refunds.items()
    ]
    return sorted(refunds, key=lambda refund: refund["at"])


def _found(text: str, state: str) -> QuerySet[Order]:
    wanted = Q(state=state) if state else Q()
    if text:
        wanted &= Q(number__istartswith=text) | Q(external_id=text) | Q(guest_email__iexact=text)
    return Order.objects.filter(wanted)


def _state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in Order.State.values else ""


def _chips(request: HttpRequest, state: str) -> list[dict[str, object]]:
    choices = [("", _("All")), *Order.State.choices]
    return [
        {"href": address(request.GET, state=value or None), "label": label, "current": value == state}
        for value, label in choices
    ]
