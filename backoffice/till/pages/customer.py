"""The customer's own screen, and tying it to a till. It is open to everybody: it knows nothing until it is tied."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.fragments import is_htmx
from backoffice.till import screen
from backoffice.till.pages.standing import TillRequest, at_till, show
from config.limits import exceeded, network
from customers.addresses import normalise_phone
from staff import pins, tills

SCREEN = "till_screen"  # in the session of the second device
NUMBERS = (20, 10 * 60)  # that one screen takes in so many seconds
CODES = (10, 10 * 60)  # that one network tries
CODES_OF_SHOP = (60, 10 * 60)


@require_POST
@at_till
def pair(request: TillRequest) -> HttpResponse:
    """A code to read out, which ties a second device to this till."""
    return show(request, "pair", {"code": screen.pairing_code(request.till.id)})


@require_POST
@at_till
def turn(request: TillRequest) -> HttpResponse:
    """Turn this very tablet around. Only a PIN leads back, so without one it stays."""
    if not pins.holders():
        return show(request, "done", {"refusal": _("Set a PIN under “Your account” first: it leads back.")}, status=422)
    tills.turn(request, request.till, to_customer=True)
    return redirect("backoffice:till_customer")


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET: the keypad, or the field for the code. POST: a number, or the code."""
    till = _till_of(request)
    if request.method != "POST":
        return _show(request, "customer" if till else "customer_pair")
    if till is None:
        return _pair(request)
    if exceeded("till.screen", till, limit=NUMBERS[0], seconds=NUMBERS[1]):
        return _show(request, "customer", problem=_("That was too often. Please ask us."), status=429)
    phone = normalise_phone(request.POST.get("phone", "")[:40], request.tenant.country)
    if not phone:
        return _show(request, "customer", problem=_("Please type your whole number."), status=422)
    screen.ask(till, phone)
    return _show(request, "customer_thanks")


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Asked every two seconds: what staff have opened for this customer. 204: nothing yet."""
    till = _till_of(request)
    if till is None:
        return HttpResponse(status=204)
    seen = screen.shown(till)
    if seen is None or seen.id == request.GET.get("seen") or screen.asked(till) is not None:
        return HttpResponse(status=204)
    return _show(request, "customer_shown", shown=seen)


def _till_of(request: HttpRequest) -> str | None:
    """The till that this browser shows numbers to: its own when turned around, else the one it was tied to."""
    own = tills.of(request)
    if own is not None and own.turned:
        return own.id
    tied = request.session.get(SCREEN)
    return str(tied) if tied and screen.is_open(tied) else None


def _pair(request: HttpRequest) -> HttpResponse:
    ip = network(request.META.get("REMOTE_ADDR", ""))
    by_network = exceeded("till.pair", ip, limit=CODES[0], seconds=CODES[1])
    if by_network or exceeded("till.pair.shop", "all", limit=CODES_OF_SHOP[0], seconds=CODES_OF_SHOP[1]):
        return _show(request, "customer_pair", problem=_("That was too often. Please wait a moment."), status=429)
    till = screen.pair(request.POST.get("code", "")[:20])
    if till is None:
        return _show(request, "customer_pair", problem=_("This code is not right, or too old."), status=422)
    request.session[SCREEN] = till
    return redirect("backoffice:till_customer")


def _show(request: HttpRequest, name: str, *, status: int = 200, **context: object) -> HttpResponse:
    template = f"till/{name}.html" + ("#main" if is_htmx(request) else "")
    response = render(
        request,
        template,
        {"turned": _is_turned(request), "seen": request.GET.get("seen", ""), **context},
        status=status,
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _is_turned(request: HttpRequest) -> bool:
    own = tills.of(request)
    return own is not None and own.turned
