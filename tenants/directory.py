"""The directory of hosts: which merchant answers where. Remembered for a few seconds in each process."""

from __future__ import annotations

import copy
import time

from django.http.request import split_domain_port

from tenants.models import Domain, Merchant

REMEMBERED_SECONDS = 5.0
_remembered: dict[str, tuple[float, Merchant]] = {}


class UnknownHost(LookupError):
    """No merchant is reached at this host."""


def merchant_at(host: str) -> Merchant:
    """The merchant of a Host header: its port, its case and a final dot do not matter. Raises UnknownHost.

    Everybody gets a copy of their own: a page that changes its merchant and fails must not change it for others.
    """
    return copy.copy(shared_merchant_at(host))


def shared_merchant_at(host: str) -> Merchant:
    """As merchant_at, for who only reads: the same object for all."""
    name, _port = split_domain_port(host)
    until, merchant = _remembered.get(name, (0.0, None))
    if merchant is None or until <= time.monotonic():
        merchant = _look_up(name)
    return merchant


def _look_up(name: str) -> Merchant:
    try:
        merchant: Merchant = Domain.objects.select_related("tenant").get(domain=name).tenant
    except Domain.DoesNotExist:
        raise UnknownHost(name) from None
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[name] = (time.monotonic() + REMEMBERED_SECONDS, merchant)
    return merchant


def forget() -> None:
    """Drop what this process remembers, after a change that must show at once here."""
    _remembered.clear()
