"""Which merchant a request is for, by host; and that a session never leaves the merchant it began at."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth import logout
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django_tenants.middleware.main import TenantMainMiddleware

from config import errors
from tenants.directory import UnknownHost, merchant_at
from tenants.models import Merchant


class TenantMiddleware(TenantMainMiddleware):
    """Enter the schema of the host's merchant. Unknown hosts get 404; suspended and closing shops 503."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = self.enter(request)
        return refusal or self.get_response(request)

    def enter(self, request: HttpRequest) -> HttpResponse | None:
        connection.set_schema_to_public()
        try:
            merchant = merchant_at(request.get_host())
        except (DisallowedHost, UnknownHost):
            return HttpResponse("No shop at this address.\n", status=404, content_type="text/plain")
        request.tenant = merchant
        connection.set_tenant(merchant)
        structlog.contextvars.bind_contextvars(tenant=merchant.schema_name)
        self.setup_url_routing(request)
        if merchant.state != Merchant.State.ACTIVE:
            return unavailable(request)
        return None


def unavailable(request: HttpRequest) -> HttpResponse:
    """What a suspended or closing shop answers: a decent page to people, plain words to programs. Always 503."""
    if request.path.startswith("/hooks/"):
        text = "This shop is not receiving deliveries at the moment.\n"
        response: HttpResponse = HttpResponse(text, status=503, content_type="text/plain")
    else:
        response = errors.page(request, 503, "suspended")
    response["Retry-After"] = "3600"
    return response


class SessionTenantMiddleware:
    """Refuse a session that another schema began: it carries the schema's name."""

    KEY = "schema"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.session_key and session.get(self.KEY, request.tenant.schema_name) != request.tenant.schema_name:
            logout(request)
        response = self.get_response(request)
        if session.modified and not session.is_empty() and self.KEY not in session:
            session[self.KEY] = request.tenant.schema_name
        return response
