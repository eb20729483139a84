"""Connecting storefronts, and the secrets they sign with."""

from __future__ import annotations

import secrets as random
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from config import encryption
from staff import audit
from staff.actors import Actor
from storefront import known
from storefront.connectors import CONNECTORS
from storefront.connectors.interface import Origin
from storefront.models import Store, StoreSecret
from storefront.signatures import standard_webhooks

OLD_SECRET_LIVES = timedelta(hours=24)
ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class WrongSecret(ValueError):
    """The text cannot be the secret of such a store."""


@transaction.atomic
def create_store(
    *,
    kind: str,
    name: str,
    actor: Actor,
    at: datetime,
    settings: dict[str, Any] | None = None,
    secret: str = "",
) -> tuple[Store, str]:
    """Connect a storefront. Returns it with its secret, which is shown this once.

    Where the shop system makes the secret (Shopify) it is given here, or later to rotate_secret; until then it is empty
    and every delivery is refused.
    """
    public_id = "st_" + "".join(random.choice(ID_ALPHABET) for _ in range(16))
    store = Store.objects.create(public_id=public_id, kind=kind, name=name, settings=settings or {}, created_at=at)
    if CONNECTORS[kind].SECRET_IS_OURS and not secret:
        secret = standard_webhooks.new_secret()
    if secret:
        _keep(store, secret, at)
    _audit("storefront.connected", store, actor, at)
    return store, secret


@transaction.atomic
def rotate_secret(store: Store, *, actor: Actor, at: datetime, secret: str = "") -> str:
    """Give the store a new secret (or the one its system made) and return it; the old ones stay valid for 24 hours.

    Raises WrongSecret when none is given though the shop system makes it.
    """
    Store.objects.select_for_update().get(pk=store.pk)
    if not secret and not CONNECTORS[store.kind].SECRET_IS_OURS:
        raise WrongSecret("This storefront makes the secret itself: copy it from there")
    store.secrets.filter(expires_at=None).update(expires_at=at + OLD_SECRET_LIVES)
    secret = secret or standard_webhooks.new_secret()
    _keep(store, secret, at)
    _audit("storefront.secret_rotated", store, actor, at)
    return secret


@transaction.atomic
def rename_store(store: Store, name: str, *, actor: Actor, at: datetime) -> Store:
    """Call the store otherwise."""
    before, store.name = store.name, name
    store.save(update_fields=["name"])
    _audit("storefront.renamed", store, actor, at, changes={"name": [before, name]})
    return store


@transaction.atomic
def disconnect(store: Store, *, actor: Actor, at: datetime) -> None:
    """Take no more deliveries (they are answered 410), forget the secrets and keys. What was received stays."""
    store.disconnected_at, store.credentials = at, ""
    store.save(update_fields=["disconnected_at", "credentials"])
    store.secrets.all().delete()
    _audit("storefront.disconnected", store, actor, at)


def valid_secrets(store: Store, at: datetime) -> list[str]:
    """The secrets a delivery may be signed with at this moment, newest first."""
    valid = store.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=at)).order_by("-id")
    return [encryption.decrypt(s.ciphertext) for s in valid]


def origin_of(store: Store, at: datetime) -> Origin:
    """What reading a document of this store depends on. Call inside the merchant's schema."""
    merchant: Any = connection.tenant
    return Origin(store.public_id, merchant.country, merchant.currency, at, store.settings)


def hook_url(store: Store) -> str:
    """The address the store sends to: as it was told to its system (`settings["hook_url"]`), else on our main host."""
    merchant: Any = connection.tenant
    return str(store.settings.get("hook_url") or merchant.url(f"/hooks/{store.public_id}/"))


def _keep(store: Store, secret: str, at: datetime) -> None:
    secret = secret.strip()
    if not secret.isprintable():
        raise WrongSecret("A secret is text without control characters")
    if CONNECTORS[store.kind].SECRET_IS_OURS:
        try:
            standard_webhooks.key_of(secret)
        except ValueError as error:
            raise WrongSecret(str(error)) from error
    known.forget()
    StoreSecret.objects.create(store=store, ciphertext=encryption.encrypt(secret), hint=secret[-4:], created_at=at)


def _audit(action: str, store: Store, actor: Actor, at: datetime, changes: dict[str, list[Any]] | None = None) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="store",
        object_id=store.pk,
        object_label=store.name,
        changes=changes,
    )
