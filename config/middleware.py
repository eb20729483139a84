"""What every request passes through, whatever the host."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from config import health

log = structlog.get_logger(__name__)
HEALTH = ("/healthz", "/readyz")
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give every request an id that stands in its logs, its error page and the response header; log how it went."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:16]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.id)
        began = time.monotonic()
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        if not request.path.startswith((settings.STATIC_URL, *HEALTH)):
            # The route, not the path: paths hold ids and tokens.
            route = request.resolver_match.route if request.resolver_match else "unknown"
            ms = round((time.monotonic() - began) * 1000, 1)
            log.info("request", method=request.method, route=route, status=response.status_code, ms=ms)
        return response


class HealthMiddleware:
    """`/healthz` (this process lives) and `/readyz` (it can serve), on any host and before tenancy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            return health.ready()
        return self.get_response(request)


class LanguageMiddleware:
    """Language by person, then shop, then browser; time by shop.

    A person's choice is the `language` cookie, set by config.language.choose (and mirrored on the account).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        merchant = request.tenant
        language = self.language_of(request)
        timezone.activate(merchant.time_zone or settings.TIME_ZONE)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def language_of(self, request: HttpRequest) -> str:
        supported = dict(settings.LANGUAGES)
        for wish in (request.COOKIES.get("language"), request.tenant.language):
            if wish in supported:
                return str(wish)
        return translation.get_language_from_request(request)


class HtmxMiddleware:
    """A page that answers htmx differently says so to caches, and a redirect to sign-in leaves the whole page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if (
            request.headers.get("HX-Request")
            and response.status_code == 302
            and "/account/login" in response["Location"]
        ):
            redirected = HttpResponse(status=204)
            redirected["HX-Redirect"] = response["Location"]
            return redirected
        return response
