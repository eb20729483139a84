"""The launcher, and the first page of the frame: it asks the page around it for a token and goes on to the portal."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_POST, require_safe

from config import limits
from portal import sessions
from portal.models import ShopperSession
from portal.widget import cookies, entering
from portal.widget.framing import NOBODY, Frame, allow_framing, frame_of, is_from_here
from portal.widget.launching import Script, launcher_of
from portal.widget.tokens import LONGEST, BadToken
from storefront import refusals
from storefront.models import Store

FOR_EVER = "public, max-age=31536000, immutable"
# Pages hold the plain address for years: what changes here must reach them, though nobody waits for it.
FOR_NOW = "public, max-age=3600, stale-while-revalidate=604800"
ENTRIES = (60, 10 * 60)  # of one network, in seconds: a mobile carrier's customers share one


@require_safe
def launcher(request: HttpRequest) -> HttpResponse:
    """The script for ?store=, for any page to load. With ?v= of exactly this text it may be kept for ever."""
    store = get_object_or_404(Store, public_id=request.GET.get("store", "")[:20], disconnected_at=None)
    return _script(request, launcher_of(store, request.tenant))


@require_safe
def entry(request: HttpRequest, store: str) -> HttpResponse:
    """The frame's first page. Only the store's own sites may hold it."""
    frame = frame_of(store, _language(request.GET.get("language", ""), request))
    with translation.override(frame.language):
        response = render(request, "portal/widget_entry.html", {"frame": frame})
    response["Cache-Control"] = "private, no-store"
    allow_framing(response, frame.sites)
    return response


@csrf_exempt  # no cookie gives a right here that its sender could not use anyway; and the browser names the sender
@require_POST
def enter(request: HttpRequest, store: str) -> HttpResponse:
    """Take `{"token": …, "language": …}` and tell where to go: signed in, or to the front page as a stranger."""
    told = _told(request)
    frame = frame_of(store, _language(told.get("language", ""), request))
    if not is_from_here(request):
        return JsonResponse({"code": "not_from_here"}, status=403)
    session, secret = _begun(request, frame, str(told.get("token") or ""))
    where = Frame(frame.store, frame.sites, frame.language, secret or NOBODY)
    response = JsonResponse({"url": where.prefix + "/"})
    response["Cache-Control"] = "private, no-store"
    if session is not None and cookies.works_here():
        cookies.keep(response, secret)
    return response


def _script(request: HttpRequest, script: Script) -> HttpResponse:
    @condition(etag_func=lambda _request: f'"{script.version}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(script.text, content_type="text/javascript; charset=utf-8")

    response = answer(request)
    response["Cache-Control"] = FOR_EVER if request.GET.get("v") == script.version else FOR_NOW
    response["Access-Control-Allow-Origin"] = "*"  # a page that checks its integrity loads it with CORS
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _begun(request: HttpRequest, frame: Frame, token: str) -> tuple[ShopperSession | None, str]:
    """A session and its secret: by the token, else the one that this browser kept; (None, "") for a stranger.

    Without a token the store knows nobody: who was signed in by an earlier one has left it, and stays out.
    """
    at, person = timezone.now(), ""
    if token:
        try:
            return _by_token(request, frame, token)
        except BadToken as bad:
            refusals.note(frame.store, bad.code, at=at, door=refusals.WIDGET)
            person = bad.person
    secret = cookies.kept(request)
    session = sessions.find(secret, at=at)
    if session is None or not session.embedded or not _is_still(session, frame, token, person):
        return None, ""
    return session, secret


def _by_token(request: HttpRequest, frame: Frame, token: str) -> tuple[ShopperSession, str]:
    times, seconds = ENTRIES
    ip = str(request.META.get("REMOTE_ADDR", ""))
    if limits.exceeded("widget.enter", limits.network(ip), limit=times, seconds=seconds):
        raise BadToken("token_too_many")
    return entering.sign_in(
        Store.objects.get(public_id=frame.store),
        request.tenant,
        token[: LONGEST + 1],
        user_agent=request.headers.get("User-Agent", ""),
        ip=ip or None,
        request_id=getattr(request, "id", ""),
        at=timezone.now(),
    )


def _is_still(session: ShopperSession, frame: Frame, token: str, person: str) -> bool:
    """Whether a kept session is of who is here now.

    A token that is only too old, or used, still says who that is; without one, only who typed in a code comes back.
    """
    if token:
        accounts = session.customer.identities.filter(kind="store", source=frame.store, value=person)
        return bool(person) and accounts.exists()
    return session.began_with is None


def _told(request: HttpRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.read(2 * LONGEST))
    except (ValueError, RecursionError):
        raise Http404 from None
    if not isinstance(told, dict):
        raise Http404
    return told


def _language(wish: object, request: HttpRequest) -> str:
    languages = dict(settings.LANGUAGES)
    return next((str(w) for w in (wish, request.tenant.language, "en") if w in languages), "en")
