"""The hook's short way: a delivery needs its shop, and nothing of what pages need (session, form token, language)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from tenants.directory import shared_merchant_at
from tenants.middleware import AvailabilityMiddleware, TenantMiddleware

GetResponse = Callable[[HttpRequest], HttpResponse]


# A shop's hook is asked for again and again: its address is looked up once.
_resolved = lru_cache(maxsize=10_000)(resolve)


class HookTenantMiddleware(TenantMiddleware):
    """Enters the shop without a copy of the merchant for each delivery: no hook changes it."""

    find = staticmethod(shared_merchant_at)


class HookMiddleware:
    """Answers /hooks/… of a shop itself; whatever else, and addresses that no hook has, go the long way.

    Stands behind those that every request needs: its id and log, the sender's address, the redirect to HTTPS.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.take = HookTenantMiddleware(AvailabilityMiddleware(self.answer))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.take(request) if request.path_info.startswith("/hooks/") else self.get_response(request)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """What the view says. Errors become responses where the handler turns all of them."""
        try:
            match = _resolved(request.path_info, getattr(request, "urlconf", None))
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response
