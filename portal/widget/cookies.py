"""A cookie that only the next page of the same store sees: where the browser allows it, nobody signs in twice.

Partitioned (CHIPS): kept apart for each site around the frame, so that it cannot follow anybody from shop to shop.
"""

from __future__ import annotations

from datetime import timedelta
from http.cookies import Morsel

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.sessions import EMBEDDED_LIFE

NAME = "framed"
PATH = "/widget/"

# Python knows the attribute from 3.14 on; Django sets it from 6.2 on.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


def keep(response: HttpResponse, secret: str) -> None:
    """Let the browser bring the session's secret back when the frame is opened again; an empty one makes it forget."""
    life = EMBEDDED_LIFE if secret else timedelta(0)
    response.set_cookie(NAME, secret, max_age=life, path=PATH, httponly=True, samesite="None", secure=True)
    response.cookies[NAME]["partitioned"] = True


def kept(request: HttpRequest) -> str:
    """The secret that this browser brings, or an empty text."""
    return request.COOKIES.get(NAME, "")


def works_here() -> bool:
    """Whether browsers take the cookie: over https, and on this very machine."""
    return bool(settings.SESSION_COOKIE_SECURE) or settings.PUBLIC_HOST == "localhost"
