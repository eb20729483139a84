"""When somebody last did something at a shop, good to a quarter of an hour: for the operator's list."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from tenants.models import Merchant

EVERY = timedelta(minutes=15)
_noted: dict[str, datetime] = {}


def shows(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the request was a sign of life: a page for staff, or a delivery that was taken."""
    return request.path.startswith(("/backoffice/", "/hooks/")) and 200 <= response.status_code < 300


def note(merchant: Merchant, *, at: datetime) -> None:
    """Write the merchant's last activity, at most once a quarter of an hour."""
    before = _noted.get(merchant.schema_name)
    if before is not None and at - before < EVERY:
        return
    if len(_noted) > 100_000:
        _noted.clear()
    _noted[merchant.schema_name] = at
    stale = Q(last_active_at__isnull=True) | Q(last_active_at__lte=at - EVERY)
    Merchant.objects.filter(stale, pk=merchant.pk).update(last_active_at=at)


def forget() -> None:
    """Drop what this process remembers."""
    _noted.clear()
