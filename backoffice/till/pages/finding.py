"""The till's first screen: find the member, or take in somebody new."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.till import proving, screen
from backoffice.till.finding import Found, find
from backoffice.till.masking import masked_name, masked_phone
from backoffice.till.member import view_of
from backoffice.till.pages.standing import TillRequest, at_till, show
from backoffice.till.settings import settings_of
from config.money import decimals, to_major
from customers.addresses import normalise_phone
from customers.finding import all_known_by, is_sure_by_phone
from customers.matching import take_turn
from customers.models import Customer, Identity
from customers.profiles import add_customer
from loyalty.counter import TILL
from loyalty.models import Redemption
from staff import tills


@require_safe
@at_till
def page(request: TillRequest) -> HttpResponse:
    """Camera, keypad, one field for everything."""
    tills.next_customer(request, request.till)
    return show(request, "find")


@require_POST
@at_till
def found(request: TillRequest) -> HttpResponse:
    """What was scanned or typed: the member, a few to choose from, a code, or a number to enrol."""
    text = request.POST.get("q", "").strip()
    if not text:
        return show(request, "find", {"problem": _("Scan or type something first.")}, status=422)
    return _answer(request, find(text, country=request.tenant.country), text)


def _answer(request: TillRequest, result: Found, text: str) -> HttpResponse:
    if result.member:
        if result.by_card:
            tills.prove(request, request.till, proving.of_member(result.member), at=timezone.now())
        return member_page(request, result.member, new_phone=result.new_phone)
    if result.code:
        tills.prove(request, request.till, proving.of_code(result.code), at=timezone.now())
        return code_page(request, result.code)
    if result.several:
        return show(request, "choose", {"people": _rows(result.several), "phone": result.new_phone})
    if result.new_phone:
        return show(request, "enrol", {"phone": result.new_phone})
    return show(request, "find", {"problem": _("Nobody was found."), "q": text}, status=422)


@require_safe
@at_till
def member(request: TillRequest, pk: int) -> HttpResponse:
    """One member, whom staff have chosen."""
    return member_page(request, get_object_or_404(Customer.objects.present(), pk=pk))


@require_safe
@at_till
def code(request: TillRequest, pk: int) -> HttpResponse:
    """A code of a member, to be used."""
    return code_page(request, get_object_or_404(Redemption.objects.select_related("customer"), pk=pk))


@require_POST
@at_till
def enrol(request: TillRequest) -> HttpResponse:
    """Make somebody a member with the number they stated and, if they like, a name. Sent twice is once.

    With `another` also where an account at a store has that number, which may be a stranger's; their name is asked for
    first.
    """
    typed = request.POST.get("phone", "").replace("\x00", "")[:40]
    at, phone = timezone.now(), normalise_phone(typed, request.tenant.country)
    if not phone:
        return show(request, "find", {"problem": _("This is no phone number."), "q": typed}, status=422)
    wants_another = "another" in request.POST
    if wants_another and "name" not in request.POST:
        return show(request, "enrol", {"phone": phone, "another": True})
    actor = tills.actor_at(request, request.stander)
    with transaction.atomic():
        take_turn()
        if known := _has_already(phone, wants_another=wants_another):
            return member_page(request, known)
        name = " ".join(request.POST.get("name", "").replace("\x00", "").split())[:100]
        customer = add_customer(country=request.tenant.country, actor=actor, at=at, phone=phone, name=name)
    return member_page(request, customer, is_new=True)


def _has_already(phone: str, *, wants_another: bool) -> Customer | None:
    """Whose number it is. With `wants_another` only who is surely known by it."""
    known = all_known_by(Identity.Kind.PHONE, phone)
    sure = next((one for one in known if is_sure_by_phone(one, counter=TILL)), None)
    return sure or (None if wants_another else next(iter(known), None))


@require_safe
@at_till
def waiting(request: TillRequest) -> HttpResponse:
    """Asked every two seconds: the number that a customer typed on their own screen. 204: nothing new."""
    asked = screen.asked(request.till.id)
    if (asked.id if asked else "") == request.GET.get("seen", ""):
        return HttpResponse(status=204)
    found = find(asked.phone, country=request.tenant.country) if asked else Found()
    context = {"asked": asked, "person": masked_name(found.member.name) if found.member else "", "found": found}
    context["phone"] = masked_phone(asked.phone) if asked else ""
    return show(request, "waiting", context)


def member_page(request: TillRequest, customer: Customer, *, is_new: bool = False, new_phone: str = "") -> HttpResponse:
    """The member as they stand; the customer's own screen may show them from now on."""
    view = view_of(customer, at=timezone.now())
    screen.show(request.till.id, view.name, view.standing.available)
    is_sure = proving.is_sure(request.till, customer, at=timezone.now())
    context = {"member": view, "is_new": is_new, "is_sure": is_sure, "new_phone": new_phone, **_amounts(request)}
    return show(request, "member", context)


def _amounts(request: TillRequest) -> dict[str, object]:
    """The preset amounts as they are typed, and whether the currency has pence."""
    currency = request.tenant.currency
    presets = settings_of(request.tenant).presets
    return {
        "presets": [{"minor": minor, "typed": str(to_major(minor, currency))} for minor in presets],
        "has_pence": decimals(currency) > 0,
    }


def code_page(request: TillRequest, taken: Redemption) -> HttpResponse:
    """What the code is good for, and the button that uses it."""
    usable = taken.state == Redemption.State.READY and taken.valid_until > timezone.now()
    context = {
        "taken": taken,
        "person": masked_name(taken.customer.name) or masked_phone(taken.customer.phone),
        "usable": usable,
        "key": uuid.uuid4().hex,
    }
    return show(request, "code", context)


def _rows(customers: Sequence[Customer]) -> list[dict[str, object]]:
    return [
        {"pk": one.pk, "name": masked_name(one.name) or _("No name"), "phone": masked_phone(one.phone)}
        for one in customers
    ]
