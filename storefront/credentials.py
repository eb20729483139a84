"""What a store's own API is asked with: tokens and keys, encrypted at rest, never logged and never shown again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction

from config import encryption
from staff import audit
from staff.actors import Actor
from storefront import untold
from storefront.models import Store
from storefront.wanted import revive
from tenants.alarms import ring


def credentials_of(store: Store) -> dict[str, Any]:
    """The credentials in plain; empty when there are none, or when no present key can decrypt them."""
    if not store.credentials:
        return {}
    try:
        found: dict[str, Any] = json.loads(encryption.decrypt(store.credentials))
    except (InvalidToken, ValueError):
        return {}
    return found


@transaction.atomic
def keep_credentials(store: Store, credentials: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Keep them in place of those before; empty ones forget all. The trail says which were given, not what they are.

    With a new key, what was given up for want of one is tried again.
    """
    locked = Store.objects.select_for_update().get(pk=store.pk)
    before = sorted(credentials_of(locked))
    _write(store, credentials)
    untold.forget(locked)
    store.settings = locked.settings
    ring("comparison")  # the alarm finds out which night is the first (nightly.py)
    changes = {"fields": [before, sorted(credentials)]}
    if credentials:
        revive(store, at=at)
        ring("store_checks", at + timedelta(days=1))
    action = "storefront.credentials_kept" if credentials else "storefront.credentials_forgotten"
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="store",
        object_id=store.pk,
        object_label=store.name,
        changes=changes,
    )


@transaction.atomic
def keep_renewed(store: Store, renewed: dict[str, Any], *, since: str) -> bool:
    """Keep what the platform gave in exchange for `since`, the encrypted credentials that were asked with.

    False, and nothing is kept, when somebody has put others in their place meanwhile. Nobody decided on this: it
    happens every few hours and stays out of the trail.
    """
    locked = Store.objects.select_for_update().get(pk=store.pk)
    if locked.credentials != since:
        return False
    _write(store, renewed)
    return True


def _write(store: Store, credentials: dict[str, Any]) -> None:
    store.credentials = encryption.encrypt(json.dumps(credentials)) if credentials else ""
    store.save(update_fields=["credentials"])
