"""Which merchant a request is for, by its host; and what a shop answers that is suspended or closing."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_tenants.middleware.main import TenantMainMiddleware

from config import errors
from tenants import activity
from tenants.directory import UnknownHost, merchant_at
from tenants.models import Merchant

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware(TenantMainMiddleware):
    """Enter the schema of the host's merchant. An unknown host gets 404 in plain words: there is no shop to look like.

    Only the Host header counts; X-Forwarded-Host does not (USE_X_FORWARDED_HOST stays off).
    """

    find = staticmethod(merchant_at)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            merchant = self.find(request.get_host())
        except (DisallowedHost, UnknownHost):
            return HttpResponse("No shop at this address.\n", status=404, content_type="text/plain")
        self.enter(request, merchant)
        response: HttpResponse = self.get_response(request)
        if activity.shows(request, response):
            activity.note(merchant, at=timezone.now())
        return response

    def enter(self, request: HttpRequest, merchant: Merchant) -> None:
        request.tenant = merchant
        connection.set_tenant(merchant)
        structlog.contextvars.bind_contextvars(tenant=merchant.schema_name)
        self.setup_url_routing(request)


class AvailabilityMiddleware:
    """A suspended or closing shop answers 503: a decent page to people, plain words to programs.

    Stands after the language is known. The shop's colours (`/brand-….css`) still come, for the page to wear. A closing
    shop stays open to its staff, so that the owner can change their mind.
    """

    STAFF = ("/account/", "/backoffice/", "/language/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        state = request.tenant.state
        if state == Merchant.State.ACTIVE or request.path.startswith("/brand-"):
            return self.get_response(request)
        if state == Merchant.State.CLOSING and request.path.startswith(self.STAFF):
            return self.get_response(request)
        return unavailable(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """What a shop that is not active answers to anything."""
    if request.path.startswith("/hooks/"):
        text = "This shop is not receiving deliveries at the moment.\n"
        response = HttpResponse(text, status=503, content_type="text/plain")
    else:
        response = errors.page(request, 503, "suspended")
    response["Retry-After"] = "3600"
    return response
