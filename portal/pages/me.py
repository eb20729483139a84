"""Me: who I am here, what I allow, where I am signed in, and the way out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.profiles import edit_customer
from loyalty import occasions
from loyalty.standing import standing
from portal import consenting, language, leaving, sessions
from portal.devices import device_name, is_handheld
from portal.forms import ProfileForm
from portal.sessions import ShopperRequest, shopper_actor, shopper_required

BAD_INPUT = 422
# What the page says after a redirect, by the word in its address: no session is needed to carry it.
DONE = ("profile", "consent", "device", "leaving", "staying")


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    return _page(request, _profile_form(request))


@require_POST
@shopper_required
def save(request: ShopperRequest) -> HttpResponse:
    """Save name, language and birthday."""
    form = _profile_form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=BAD_INPUT)
    at, actor, birthday = timezone.now(), shopper_actor(request), form.cleaned_data.get("birthday")
    with transaction.atomic():
        edit_customer(request.shopper, country=request.tenant.country, actor=actor, at=at, **form.told())
        if birthday:
            with suppress(occasions.BirthdayLocked):  # entered in another window meanwhile: that one counts
                occasions.set_birthday(request.shopper, birthday, at=at, actor=actor)
    response = _done("profile")
    language.choose(request, response, form.cleaned_data["language"])
    return response


@require_POST
@shopper_required
def allow(request: ShopperRequest) -> HttpResponse:
    """Allow or withdraw news by e-mail."""
    consenting.decide(
        request.shopper,
        request.tenant,
        granted=request.POST.get("advertising_email") == "on",
        ip=str(request.META.get("REMOTE_ADDR", "")),
        at=timezone.now(),
    )
    return _done("consent")


@require_POST
@shopper_required
def end_device(request: ShopperRequest, session_id: int) -> HttpResponse:
    """Sign one browser out; one that is gone already, or somebody else's, makes no difference that shows."""
    sessions.end(request.shopper, session_id=session_id)
    return _done("device")


@require_POST
@shopper_required
def end_other_devices(request: ShopperRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    sessions.end_others(request.shopper, keep=request.shopper_session)
    return _done("device")


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_required
def leave(request: ShopperRequest) -> HttpResponse:
    """What leaving costs, said before; then the request to the shop, or taking it back."""
    at = timezone.now()
    if request.method != "POST":
        context = {
            "standing": standing(request.shopper.pk, at=at),
            "asked_at": leaving.asked_at(request.shopper),
            "unit": request.tenant.point_unit,
        }
        return render(request, "portal/leave.html", context)
    if request.POST.get("stay"):
        leaving.take_back(request.shopper, at=at)
        return _done("staying")
    leaving.ask_to_leave(request.shopper, at=at)
    return _done("leaving")


def _profile_form(request: ShopperRequest, data: Any = None) -> ProfileForm:
    customer = request.shopper
    initial = {
        "name": customer.name,
        "birthday": customer.birthday,
        "language": request.LANGUAGE_CODE,
    }
    locked, today = customer.birthday is not None, timezone.localdate()
    return ProfileForm(data, initial=initial, birthday_locked=locked, today=today)


def _page(request: ShopperRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
    customer = request.shopper
    devices = [
        {
            "session": session,
            "name": device_name(session.user_agent),
            "icon": "smartphone" if is_handheld(session.user_agent) else "monitor",
            "here": session.pk == request.shopper_session.pk,
        }
        for session in sessions.living(customer, at=timezone.now())
    ]
    done = request.GET.get("done", "")
    context = {
        "form": form,
        "customer": customer,
        "devices": devices,
        "consent": consenting.email_advertising(customer),
        "wording": consenting.wording(request.tenant),
        "asked_to_leave_at": leaving.asked_at(customer),
        "done": done if done in DONE else "",
    }
    return render(request, "portal/me.html", context, status=status)


def _done(what: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('portal:me')}?done={what}")
