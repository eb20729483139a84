"""The portal inside a store's page, where no cookie of ours may come: the secret stands in the address.

`/w/<store>/<language>/<secret>/me/` is `/me/`, with the secret in place of the session's cookie. Browsers refuse, split
or forget the cookies of frames; an address always arrives. The frame alone knows it: the page around it cannot read the
address of another origin, and what leaves the frame carries no referrer. Since nothing is sent by itself, no other site
can make a request in the shopper's name (CSRF).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, set_script_prefix

from config import errors
from portal.pages.signing_in import ASKING_COOKIE
from portal.sessions import COOKIE
from portal.tokens import cookie_name
from portal.widget import cookies
from storefront.models import Store
from storefront.widgets import widget_of

URLCONF = "portal.widget.urls_framed"
NOBODY = "-"  # in place of the secret
_ADDRESS = re.compile(r"/w/(st_[a-z0-9]{1,20})/(ko|en)/([A-Za-z0-9_-]{1,64})(/.*)", re.DOTALL)
GetResponse = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a framed page stands: the store whose pages hold it, their origins, the language, the secret."""

    store: str
    sites: tuple[str, ...]
    language: str
    secret: str = NOBODY

    @property
    def prefix(self) -> str:
        """What stands before every address in this frame."""
        return f"/w/{self.store}/{self.language}/{self.secret}"


def frame_of(store_id: str, language: str, secret: str = NOBODY) -> Frame:
    """The frame of a connected store that has a widget. Raises Http404."""
    store = Store.objects.filter(public_id=store_id, disconnected_at=None).only("public_id", "widget").first()
    widget = widget_of(store) if store else None
    if widget is None or not widget.is_on:
        raise Http404
    return Frame(store_id, widget.sites, language, secret)


def allow_framing(response: HttpResponse, sites: tuple[str, ...]) -> None:
    """Let exactly these origins hold the page in a frame. X-Frame-Options knows no list: the policy replaces it."""
    response.xframe_options_exempt = True
    del response["X-Frame-Options"]
    response._csp_replace = {"frame-ancestors": list(sites)}  # type: ignore[attr-defined]


class FrameMiddleware:
    """Serve the portal's pages under `/w/…`, and turn the cookies that they set into other addresses.

    Stands before sessions, language and CSRF, whose cookies do not exist here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        parts = _ADDRESS.fullmatch(request.path_info)
        if parts is None or request.tenant.schema_name == "public":
            return self.get_response(request)
        if request.headers.get("Sec-Fetch-Dest") == "document":
            return HttpResponseRedirect(_local(parts[4]))  # opened as a page of its own: there cookies work
        try:
            frame = frame_of(parts[1], parts[2], parts[3])
        except Http404:
            return errors.not_found(request)
        if request.method not in ("GET", "HEAD") and not is_from_here(request):
            return errors.csrf_failure(request)
        return self.framed(request, frame, parts[4])

    def framed(self, request: HttpRequest, frame: Frame, path: str) -> HttpResponse:
        """The portal's answer to `path`, with every address inside this frame."""
        outer = get_script_prefix()
        set_script_prefix(frame.prefix + "/")
        try:
            _enter(request, frame, path)
            response = self.get_response(request)
        finally:
            set_script_prefix(outer)
        frame = _moved(frame, response)
        if response.has_header("Location"):
            response["Location"] = _within(frame, response["Location"])
        allow_framing(response, frame.sites)
        return response


def is_from_here(request: HttpRequest) -> bool:
    """Whether a form or script of this very host sends the request, as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _enter(request: HttpRequest, frame: Frame, path: str) -> None:
    """Make the request one for `path`, by somebody whose cookies hold the frame's secret and language."""
    request.frame = frame  # type: ignore[attr-defined]
    request.urlconf = URLCONF
    request.path_info, request.path = path, frame.prefix + path
    secret = "" if frame.secret == NOBODY else frame.secret
    request.COOKIES = {
        cookie_name(COOKIE): secret,
        cookie_name(ASKING_COOKIE): secret,
        "language": frame.language,
    }
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


def _moved(frame: Frame, response: HttpResponse) -> Frame:
    """The frame as the response's cookies would have it; they are taken out of it, for they would not be kept."""
    told: dict[str, Any] = {name: morsel.value for name, morsel in response.cookies.items()}
    response.cookies.clear()
    secrets = [told[name] for name in (cookie_name(COOKIE), cookie_name(ASKING_COOKIE)) if name in told]
    if secrets:
        frame = replace(frame, secret=next((secret for secret in secrets if secret), NOBODY))
    if told.get("language") in dict(settings.LANGUAGES):
        frame = replace(frame, language=told["language"])
    if cookie_name(COOKIE) in told:
        cookies.keep(response, "" if frame.secret == NOBODY else frame.secret)
    return frame


def _within(frame: Frame, location: str) -> str:
    """The address in this frame, whatever frame it was told for. Other hosts stay as they are."""
    parts = _ADDRESS.fullmatch(location)
    if parts is not None:
        return frame.prefix + parts[4]
    if location.startswith("/") and not location.startswith("//"):
        return frame.prefix + location
    return location


def _local(path: str) -> str:
    """A path of this host: two slashes would name another."""
    return "/" + path.lstrip("/\\")
