"""Who may see a page of the till, and how it answers: whole, or only its middle to htmx."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from backoffice.fragments import is_htmx
from backoffice.till.settings import settings_of
from staff import pins, tills
from staff.models import User
from staff.permissions import View, require

LOCKED = 423
# Reading QR codes where the browser can't: WebAssembly, and only here.
WASM = {"script-src": ["'self'", "'wasm-unsafe-eval'"]}


class TillRequest(HttpRequest):
    """A request after `at_till`: somebody stands there."""

    till: tills.Till
    stander: User


def at_till(view: View) -> View:
    """Let those through who stand at an unlocked till; others see the screen on which one says who one is."""

    @wraps(view)
    def guarded(request: TillRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        till = tills.arrive(request, at=timezone.now())
        if till.turned and not pins.holders():
            tills.turn(request, till, to_customer=False)  # nobody could say by PIN that they are staff
        stander = None if till.turned else tills.stander(till)
        if stander is None:
            return locked_page(request)
        request.till, request.stander = till, stander
        return view(request, *args, **kwargs)

    return require("till.use")(guarded)


def show(request: HttpRequest, name: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
    """The page `templates/till/<name>.html`; to htmx only its middle."""
    template = f"till/{name}.html" + ("#main" if is_htmx(request) else "")
    common = {
        "till_settings": settings_of(request.tenant),
        "stander": getattr(request, "stander", None),
        "locks": bool(pins.holders()),
    }
    response = render(request, template, {**common, **(context or {})}, status=status)
    response._csp_update = WASM  # type: ignore[attr-defined]
    return response


def locked_page(
    request: HttpRequest, *, problem: str = "", chosen: str = "", status: int = LOCKED, open_: bool = False
) -> HttpResponse:
    """Who stands here? `open_`: the till is not locked, somebody else only takes over."""
    people = pins.holders()
    context = {"people": people, "problem": problem, "chosen": chosen, "open": open_, "opener": request.user}
    return show(request, "lock", context, status=status)
