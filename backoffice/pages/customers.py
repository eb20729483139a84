"""The list of customers: find one by name, phone, e-mail or card code; add one by hand."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.duplicates import known_by
from backoffice.forms.customers import ProfileForm
from backoffice.fragments import asks_for, wanted_text
from backoffice.paging import address, page_of
from customers.models import Customer, Order
from customers.profiles import add_customer
from staff.actors import staff_actor
from staff.permissions import require

SHOWN = {
    "": Q(),
    "members": Q(joined_at__isnull=False),
    "guests": Q(joined_at__isnull=True),
    "points": Q(balance__available__gt=0),
    "debt": Q(balance__debt__gt=0),
}


@require("customers.view")
def page(request: HttpRequest) -> HttpResponse:
    text, show = wanted_text(request), _shown(request)
    found = Customer.objects.search(text)
    customers = page_of(_with_facts(found.filter(SHOWN[show])), request.GET)
    context = {
        "customers": customers,
        "q": text,
        "show": show,
        "chips": _chips(request, show),
        "is_filtered": bool(text or show),
        "clear_url": request.path,
    }
    template = "backoffice/customers.html" + ("#results" if asks_for(request, "results") else "")
    return render(request, template, context)


@require("customers.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Add a customer by hand, for example at the counter."""
    country = request.tenant.country
    form = ProfileForm(request.POST if request.method == "POST" else None, country=country)
    if not form.is_valid():
        return _form_page(request, form)
    if known := known_by(email=form.cleaned_data["email"], phone=form.cleaned_data["phone"]):
        return _form_page(request, form, known=known)
    with transaction.atomic():
        customer = add_customer(**form.particulars, country=country, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Customer added."))
    return redirect("backoffice:customer", customer.pk)


def _form_page(request: HttpRequest, form: ProfileForm, known: Customer | None = None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/customer_new.html", {"form": form, "known": known}, status=status)


def _shown(request: HttpRequest) -> str:
    """The filter in the address; an unknown one shows everybody."""
    show = request.GET.get("show", "")
    return show if show in SHOWN else ""


def _with_facts(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """With balance and the day of the latest order, for the page's rows only."""
    latest = Order.objects.filter(customer=OuterRef("pk"), placed_at__isnull=False).order_by("-placed_at")
    return customers.select_related("balance").annotate(last_order_at=Subquery(latest.values("placed_at")[:1]))


def _chips(request: HttpRequest, show: str) -> list[dict[str, object]]:
    labels = {
        "": _("Everybody"),
        "members": _("Members"),
        "guests": _("Guests"),
        "points": _("Have points"),
        "debt": _("Owe points"),
    }
    return [
        {"href": address(request.GET, show=name or None), "label": label, "current": name == show}
        for name, label in labels.items()
    ]
