"""One customer: what they have, what happened and why."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import balance_why, member_view, notes, timeline
from backoffice.duplicates import like
from backoffice.forms.customers import AdjustForm, NoteForm, ProfileForm
from backoffice.fragments import asks_for, is_htmx
from backoffice.lots import by_expiry
from backoffice.moments import Timeline
from config import formatting
from customers import consents, tagging
from customers.models import Customer, Identity
from customers.profiles import edit_customer
from loyalty.counter import TILL
from loyalty.standing import lots, standing
from staff.actors import staff_actor
from staff.models import User
from staff.permissions import may, require
from storefront.models import Store


@require("customers.view")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer, pk=pk)
    if customer.merged_into_id:
        return redirect("backoffice:customer", customer.merged_into_id)
    if asks_for(request, "older"):
        context = {"customer": customer, "moments": moments(request, customer), "show": _show(request)}
        return render(request, "backoffice/customer.html#moments", context)
    return render(request, "backoffice/customer.html", context_of(request, customer))


@require("customers.edit")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, addresses, birthday, language; what changed goes into the audit trail."""
    customer = get_object_or_404(Customer, pk=pk)
    country = request.tenant.country
    if request.method != "POST":
        return _edit_page(request, customer, ProfileForm.of(customer, country=country))
    form = ProfileForm(request.POST, country=country, known=customer)
    if not form.is_valid():
        return _edit_page(request, customer, form)
    with transaction.atomic():
        edit_customer(
            customer, **form.particulars, country=country, actor=staff_actor(request), at=timezone.now(),
            reason=form.cleaned_data.get("reason", ""),
        )  # fmt: skip
    messages.success(request, _("Details saved."))
    return redirect("backoffice:customer", pk)


@require("customers.view")
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this member has these points: every movement by kind, adding up to the balance."""
    customer = get_object_or_404(Customer, pk=pk)
    context = {"customer": customer, "why": balance_why.why(pk), "lots": by_expiry(lots(pk))}
    return render(request, "backoffice/customer_why.html", context)


@require_POST
@require("customers.edit")
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the customer exactly these tags."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    try:
        wanted = tagging.tags_of(request.POST.get("tags", ""))
    except tagging.WrongTag:
        messages.error(request, _("A tag has at most 40 letters."))
        return redirect("backoffice:customer", pk)
    with transaction.atomic():
        remove = set(customer.tags) - set(wanted)
        tagging.tag([pk], wanted, remove, actor=staff_actor(request), at=timezone.now())
    cache.delete("known_tags")
    if is_htmx(request):
        customer.refresh_from_db()
        return render(request, "backoffice/customer.html#customer", context_of(request, customer))
    return redirect("backoffice:customer", pk)


@require_POST
@require("customers.edit")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a note about the customer, for the staff only."""
    customer = get_object_or_404(Customer, pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(request, "backoffice/customer.html", context_of(request, customer, note=form), status=422)
    notes.keep(customer, form.cleaned_data["text"], actor=staff_actor(request), at=timezone.now())
    if is_htmx(request):
        return render(request, "backoffice/customer.html#customer", context_of(request, customer))
    return redirect("backoffice:customer", pk)


def _edit_page(request: HttpRequest, customer: Customer, form: ProfileForm) -> HttpResponse:
    context = {"customer": customer, "form": form}
    return render(request, "backoffice/customer_edit.html", context, status=422 if form.is_bound else 200)


def context_of(
    request: HttpRequest, customer: Customer, *, adjust: AdjustForm | None = None, note: NoteForm | None = None
) -> dict[str, object]:
    """All that the customer's page shows; forms that were refused come back with their errors."""
    unit, now = request.tenant.point_unit, timezone.now()
    assert isinstance(request.user, User)
    return {
        "customer": customer,
        "tier": member_view.progress_of(customer, request.tenant.currency, at=now),
        "cards": member_view.cards_of(customer, at=now),
        "codes": member_view.codes_of(customer),
        "merged": member_view.merged_into(customer),
        "alike": like(customer, 3) if may(request.user, "customers.merge") else [],
        "shows": [
            {"href": f"?show={name}" if name else "?", "label": label, "current": name == _show(request)}
            for name, label in timeline.GROUP_NAMES.items()
        ],
        "show": _show(request),
        **_standing(customer, unit),
        **_identities(customer),
        "lots": by_expiry(lots(customer.pk)),
        "consents": [
            {"name": timeline.consent_name(consent), "granted": consent.granted, "at": consent.at}
            for consent in consents.current(customer).values()
        ],
        "orders": list(customer.orders.order_by("-placed_at", "-pk")[:5]),
        "moments": moments(request, customer),
        "adjust_form": adjust or AdjustForm(),
        "note_form": note or NoteForm(auto_id="note_%s"),
    }


def _standing(customer: Customer, unit: str) -> dict[str, object]:
    """The member's points, with what goes and comes next in words."""
    now = standing(customer.pk, at=timezone.now())
    going, coming = now.next_expiry, now.next_maturity
    return {
        "standing": now,
        "available_hint": _("{points} expire on {day}").format(
            points=formatting.points(going.points, unit), day=formatting.day(going.at)
        ) if going else "",
        "pending_hint": _("{points} available on {day}").format(
            points=formatting.points(coming.points, unit), day=formatting.day(coming.at)
        ) if coming else "",
    }  # fmt: skip


def _identities(customer: Customer) -> dict[str, object]:
    """Which addresses are proven, and the accounts at storefronts."""
    found = list(customer.identities.order_by("kind", "id"))
    names = dict(Store.objects.filter(public_id__in={i.source for i in found}).values_list("public_id", "name"))
    stated = {Identity.Kind.EMAIL: customer.email, Identity.Kind.PHONE: customer.phone}
    return {
        "proven": {i.kind for i in found if stated.get(Identity.Kind(i.kind)) == i.value},
        "accounts": [
            {"store": names.get(i.source, i.source), "value": i.value}
            for i in found
            if i.kind == Identity.Kind.STORE and i.source != TILL  # not an account that anybody signs in to
        ],
    }


def moments(request: HttpRequest, customer: Customer) -> Timeline:
    """The part of the timeline that `?show=<group>&before=<moment>` asks for."""
    return timeline.of(customer, before=_moment(request.GET.get("before", "")), show=_show(request))


def _show(request: HttpRequest) -> str:
    show = request.GET.get("show", "")
    return show if show in timeline.GROUPS else ""


def _moment(text: str) -> datetime | None:
    """An aware moment, or None for anything else. In UTC: PostgreSQL refuses offsets of sixteen hours and more."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    sensible = moment is not None and moment.tzinfo is not None and 1900 < moment.year < 9000
    return moment.astimezone(UTC) if moment and sensible else None
