"""Locking the till, taking over by PIN, and leaving it with the password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backoffice.till import screen
from backoffice.till.pages.standing import LOCKED, locked_page, show
from config.limits import exceeded
from staff import audit, pins, tills
from staff.actors import staff_actor
from staff.models import User
from staff.permissions import require

PASSWORD_TRIES = (5, 15 * 60)


@require_POST
@require("till.use")
def lock(request: HttpRequest) -> HttpResponse:
    """Lock it now. Without any PIN in the shop nothing happens: nobody could open it again."""
    tills.arrive(request, at=timezone.now())
    return locked_page(request) if tills.lock(request) else HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@require("till.use")
def switch(request: HttpRequest) -> HttpResponse:
    """GET: who is it? POST: somebody says so by PIN and stands here now."""
    at = timezone.now()
    till = tills.arrive(request, at=at)
    is_open = tills.stander(till) is not None and not till.turned
    if request.method != "POST":
        return locked_page(request, status=200, open_=is_open)
    chosen, pin = request.POST.get("person", ""), request.POST.get("pin", "")[:20]
    try:
        user_id = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 15 else 0
        user = tills.show_pin(request, user_id, pin, actor=staff_actor(request), at=at)
    except pins.TooManyTries:
        problem = _("Too many wrong PINs. Use the password, or try again in a quarter of an hour.")
        return locked_page(request, problem=problem, chosen=chosen, status=429 if not is_open else LOCKED)
    except pins.WrongPin:
        return locked_page(request, problem=_("This PIN is not right."), chosen=chosen, open_=is_open)
    return _taken_over(request, user)


def _taken_over(request: HttpRequest, user: User) -> HttpResponse:
    at = timezone.now()
    tills.take_over(request, user, at=at)
    audit.record(
        "till.person_changed", actor=tills.actor_at(request, user), at=at,
        object_kind="staff", object_id=user.pk, object_label=str(user),
    )  # fmt: skip
    return redirect("backoffice:till")


@require_http_methods(["GET", "POST"])
@require("till.use")
def leave(request: HttpRequest) -> HttpResponse:
    """Back to the office: at once where the till was never locked, else with the password of whoever signed in."""
    assert isinstance(request.user, User)
    till = tills.arrive(request, at=timezone.now())  # locks it if it was left alone
    is_free = not till.bound and not till.turned
    if is_free or (request.method == "POST" and _knows_password(request, request.user)):
        screen.close(till.id)
        tills.leave(request)
        return redirect("backoffice:home")
    problem = _("This password is not right.") if request.method == "POST" else ""
    return show(request, "leave", {"opener": request.user, "problem": problem}, status=422 if problem else 200)


def _knows_password(request: HttpRequest, user: User) -> bool:
    tries, seconds = PASSWORD_TRIES
    if exceeded("till.leave", str(user.pk), limit=tries, seconds=seconds):
        return False
    return user.check_password(request.POST.get("password", ""))
