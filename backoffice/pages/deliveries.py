"""The log of deliveries: what arrived, what became of it and why; one can be processed again."""

from __future__ import annotations

import json

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.fragments import asks_for, wanted_text
from backoffice.paging import address, page_of
from backoffice.told import Told, of_order
from customers.models import Customer, Order
from staff.actors import staff_actor
from staff.permissions import require
from storefront import inbox
from storefront.models import Delivery, Store

REPLAYABLE = (Delivery.State.DONE, Delivery.State.IGNORED, Delivery.State.FAILED, Delivery.State.DEAD)
LONGEST_BODY = 64 * 1024  # shown; more is cut


@require("stores.view")
def page(request: HttpRequest) -> HttpResponse:
    stores = list(Store.objects.order_by("name", "pk"))
    text, state, store = wanted_text(request), _state(request), _store(request, stores)
    found = _found(text, state, store).select_related("store").defer("body", "headers")
    context = {
        "deliveries": page_of(found, request.GET),
        "stores": [(store.public_id, store.name) for store in stores],
        "store": store,
        "q": text,
        "state": state,
        "chips": _chips(request, state),
        "is_filtered": bool(text or state or store),
        "is_latest": "before" not in request.GET,
        "clear_url": request.path,
    }
    template = "backoffice/deliveries.html" + ("#results" if asks_for(request, "results") else "")
    return render(request, template, context)


@require("stores.view")
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: exactly what arrived, what it became, and why."""
    found = get_object_or_404(Delivery.objects.select_related("store"), pk=pk)
    order = _order_of(found)
    body, cut = _pretty(bytes(found.body))
    context = {
        "delivery": found,
        "order": order,
        "customer": _customer_of(found, order),
        "told": _told(order),
        "body": body,
        "body_is_cut": cut,
        "can_be_replayed": found.state in REPLAYABLE,
    }
    return render(request, "backoffice/delivery.html", context)


@require_POST
@require("deliveries.replay")
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Process a delivery once more. What was done is not done twice: orders and points are states, not steps."""
    found = get_object_or_404(Delivery, pk=pk, state__in=REPLAYABLE)
    inbox.replay(found, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("It will be processed again in a moment."))
    return redirect("backoffice:delivery", pk)


def _found(text: str, state: str, store: Store | None) -> QuerySet[Delivery]:
    found = Delivery.objects.in_state(state).search(text)
    return found.filter(store=store) if store else found


def _state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in Delivery.State.values else ""


def _store(request: HttpRequest, stores: list[Store]) -> Store | None:
    return next((store for store in stores if store.public_id == request.GET.get("store")), None)


def _chips(request: HttpRequest, state: str) -> list[dict[str, object]]:
    choices = [("", _("All")), *Delivery.State.choices]
    return [
        {"href": address(request.GET, state=value or None), "label": label, "current": value == state}
        for value, label in choices
    ]


def _order_of(delivery: Delivery) -> Order | None:
    if delivery.order_id is None:
        return None
    return Order.objects.filter(pk=delivery.order_id).select_related("customer", "earning").first()


def _customer_of(delivery: Delivery, order: Order | None) -> Customer | None:
    """Who it was about; the buyer when the delivery itself does not say."""
    if delivery.customer_id is not None:
        return Customer.objects.filter(pk=delivery.customer_id).first()
    return order.customer if order else None


def _told(order: Order | None) -> list[Told]:
    return of_order(order) if order else []


def _pretty(body: bytes) -> tuple[str, bool]:
    """The body for people, indented when it is JSON, and whether it had to be cut."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", errors="replace")
    shown = text[:LONGEST_BODY].encode("utf-8", errors="replace").decode()  # JSON can spell half a character: "\\ud800"
    return shown, len(text) > LONGEST_BODY
