"""The visitor's own address behind reverse proxies: rate limits and the audit trail go by it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ClientAddressMiddleware:
    """Put the address that the outermost of our own proxies saw into REMOTE_ADDR.

    Each proxy appends to X-Forwarded-For; what a visitor wrote there stands further left. So with TRUSTED_PROXIES
    proxies of our own the entry of that number from the right is true. With none (0) the header is not believed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = forwarded_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
        if address:
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def forwarded_address(header: str, proxies: int) -> str:
    """The entry of an X-Forwarded-For header that the outermost of `proxies` wrote; empty when there is none."""
    entries = header.split(",")
    if not 0 < proxies <= len(entries):
        return ""
    try:
        return str(ipaddress.ip_address(entries[-proxies].strip()))
    except ValueError:
        return ""
