"""Sign-in: the address page, the code page, another code; and signing out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config import errors
from portal import codes, limits, sessions
from portal.forms import AddressForm, CodeForm
from portal.language import keep_choice
from portal.models import SignInCode
from portal.sessions import ShopperRequest, shopper_actor, shopper_required, shopper_welcome
from portal.tokens import cookie_name, drop_cookie, set_cookie

ASKING_COOKIE = "asking"
BAD_INPUT = 422


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_welcome
def sign_in(request: ShopperRequest) -> HttpResponse:
    """The address page; a POST sends the code and goes on to the code page, whoever's address it is."""
    if request.shopper:
        return HttpResponseRedirect(destination(request))
    if request.method != "POST":
        return _address_page(request, AddressForm())
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _address_page(request, form, status=BAD_INPUT)
    return _send_code(request, form.cleaned_data["email"])


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_welcome
def enter_code(request: ShopperRequest) -> HttpResponse:
    """The code page: one field. The right code signs in."""
    if request.shopper:
        return HttpResponseRedirect(destination(request))
    row = codes.asked(_browser(request))
    if row is None or row.used_at:
        return HttpResponseRedirect(_with_next(request, "portal:sign_in"))
    if request.method != "POST":
        return _code_page(request, row, CodeForm())
    if limits.too_many_tries(_ip(request)):
        return errors.too_many(request)
    return _try_code(request, row)


@require_POST
@shopper_welcome
def another_code(request: ShopperRequest) -> HttpResponse:
    """Send another code to the same address, half a minute after the last at the earliest."""
    row = codes.asked(_browser(request))
    if row is None:
        return HttpResponseRedirect(_with_next(request, "portal:sign_in"))
    if wait := codes.seconds_to_wait(row, at=timezone.now()):
        response = _code_page(request, row, CodeForm(), status=429)
        response["Retry-After"] = str(wait)
        return response
    return _send_code(request, row.address)


@require_POST
@shopper_required
def sign_out(request: ShopperRequest) -> HttpResponse:
    """End this browser's session, and have it give up what it keeps: the card that can be shown without a network."""
    sessions.end(request.shopper, session_id=request.shopper_session.pk)
    response = HttpResponseRedirect(reverse("portal:home"))
    sessions.forget(response) if sessions.is_embedded(request) else sessions.give_up(response)
    return response


def destination(request: HttpRequest) -> str:
    """Where to go after sign-in: a path of this very shop, or its front page."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    local = wish.startswith("/") and url_has_allowed_host_and_scheme(wish, allowed_hosts=None)
    return wish if local else reverse("portal:home")


def _send_code(request: ShopperRequest, address: str) -> HttpResponse:
    """Put a code into the mail. Nothing here looks the address up: known or not, the same happens."""
    at, browser = timezone.now(), _browser(request)
    if limits.too_many_codes(address, _ip(request)):
        return errors.too_many(request)
    response = HttpResponseRedirect(_with_next(request, "portal:code"))
    row = codes.asked(browser)
    if row and row.address == address and not row.used_at and codes.seconds_to_wait(row, at=at):
        return response  # pressed twice: one mail is enough
    browser = codes.ask(address, language=get_language() or "en", at=at, instead_of=browser)
    set_cookie(response, ASKING_COOKIE, browser, life=codes.BROWSER_LIFE)
    return response


def _try_code(request: ShopperRequest, row: SignInCode) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            return _signed_in(request, form.cleaned_data["code"])
        except codes.WrongCode as wrong:
            form.add_error("code", _wrong(wrong.tries_left))
        except codes.CodeGone:
            form.add_error("code", _("This code cannot be used any more. Ask for a new one."))
    return _code_page(request, row, form, status=BAD_INPUT)


def _signed_in(request: ShopperRequest, code: str) -> HttpResponse:
    session, token = sessions.sign_in(
        _browser(request),
        code,
        language=get_language() or "en",
        user_agent=request.headers.get("User-Agent", ""),
        actor=shopper_actor(request),
        at=timezone.now(),
        embedded=sessions.is_embedded(request),
    )
    rotate_token(request)  # what a stranger could have planted before is worth nothing after
    response = HttpResponseRedirect(destination(request))
    sessions.remember(response, token)
    drop_cookie(response, ASKING_COOKIE)
    keep_choice(request, response, session.customer)
    return response


def _wrong(tries_left: int) -> str:
    if not tries_left:
        return _("That was not the code, and it was the last try. Ask for a new one.")
    text = ngettext(
        "That is not the code. You have %(count)s try left.",
        "That is not the code. You have %(count)s tries left.",
        tries_left,
    )
    return text % {"count": tries_left}


def _address_page(request: ShopperRequest, form: AddressForm, status: int = 200) -> HttpResponse:
    return render(request, "portal/sign_in.html", {"form": form, "next": destination(request)}, status=status)


def _code_page(request: ShopperRequest, row: SignInCode, form: CodeForm, status: int = 200) -> HttpResponse:
    at = timezone.now()
    context = {
        "form": form,
        "address": row.address,
        "late": codes.is_late(row, at=at),
        "minutes": int(codes.LIFE.total_seconds() // 60),
        "wait": codes.seconds_to_wait(row, at=at),
        "too_soon": status == 429,
        "next": destination(request),
    }
    return render(request, "portal/code.html", context, status=status)


def _with_next(request: HttpRequest, name: str) -> str:
    back = destination(request)
    return reverse(name) + (f"?{urlencode({'next': back})}" if back != reverse("portal:home") else "")


def _browser(request: HttpRequest) -> str:
    return request.COOKIES.get(cookie_name(ASKING_COOKIE), "")


def _ip(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
