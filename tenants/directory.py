"""The directory of hosts: which merchant answers where. Remembered for a few seconds in each process."""

from __future__ import annotations

import time

from django.http.request import split_domain_port

from tenants.models import Domain, Merchant

REMEMBERED_SECONDS = 5.0
_remembered: dict[str, tuple[float, Merchant]] = {}


class UnknownHost(LookupError):
    """No merchant is reached at this host."""


def merchant_at(host: str) -> Merchant:
    """The merchant of a Host header (with or without port). Raises UnknownHost."""
    name, _port = split_domain_port(host)
    until, merchant = _remembered.get(name, (0.0, None))
    if merchant is not None and until > time.monotonic():
        return merchant
    try:
        merchant = Domain.objects.select_related("tenant").get(domain=name).tenant
    except Domain.DoesNotExist:
        raise UnknownHost(name) from None
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[name] = (time.monotonic() + REMEMBERED_SECONDS, merchant)
    return merchant


def forget() -> None:
    """Drop what this process remembers, after a change that must show at once here."""
    _remembered.clear()
