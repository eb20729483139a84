"""Telling the owners of a shop that an endpoint was paused."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import translation

from staff import letters
from staff.models import Role, User
from webhooks.models import Endpoint


def tell_owners(endpoint: Endpoint, reason: Endpoint.Paused) -> None:
    """Write to every owner once the transaction stands."""
    merchant: Any = connection.tenant
    owners = list(User.objects.filter(role=Role.OWNER, is_active=True))
    link = merchant.url(f"/backoffice/developers/webhooks/{endpoint.public_id}/")
    transaction.on_commit(lambda: _write(owners, merchant, endpoint, reason, link), robust=True)


def _write(owners: list[User], merchant: Any, endpoint: Endpoint, reason: str, link: str) -> None:
    told = {"shop": merchant.name, "url": endpoint.url, "gone": reason == Endpoint.Paused.GONE, "link": link}
    for owner in owners:
        with translation.override(owner.language or merchant.language):
            letters.send("email/webhook_paused", owner.email, told)
