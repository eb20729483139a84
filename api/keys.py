"""API keys: made, shown once, recognised by their hash, revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from api.models import ApiKey
from staff import audit
from staff.actors import Actor

SCOPES = {
    "customers:read": _("Read customers and their consents"),
    "customers:write": _("Add and change customers, record consents"),
    "orders:read": _("Read orders and refunds"),
    "orders:write": _("Send orders and refunds"),
    "points:read": _("Read points and the programme"),
    "points:write": _("Give and take points"),
    "rewards:read": _("Read rewards and what members took"),
    "rewards:write": _("Take, use and cancel rewards"),
    "webhooks:read": _("Read outgoing webhooks and their log"),
    "webhooks:write": _("Set up and change outgoing webhooks"),
}
LIVE, TEST = "dk_live_", "dk_test_"
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 5 bits a letter; none that reads as another
LETTERS, SHOWN = 32, 6  # 160 bits, of which the list shows 30
SHAPE = re.compile(rf"dk_(live|test)_[{ALPHABET}]{{{LETTERS}}}")
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class UnknownScope(ValueError):
    """A key is for at least one scope, and only for those in SCOPES."""


@transaction.atomic
def create_key(
    name: str,
    *,
    scopes: Sequence[str],
    actor: Actor,
    at: datetime,
    test: bool = False,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text, which cannot be had again. Raises UnknownScope."""
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise UnknownScope(", ".join(scopes))
    kind = TEST if test else LIVE
    text = kind + "".join(secrets.choice(ALPHABET) for _letter in range(LETTERS))
    key = ApiKey.objects.create(
        name=name[:100], digest=_digest(text), prefix=text[: len(kind) + SHOWN], test=test,
        scopes=[scope for scope in SCOPES if scope in scopes], created_at=at, created_by=actor.name[:200],
        expires_at=expires_at,
    )  # fmt: skip
    _audit("api_key.created", key, actor, at)
    return key, text


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: Actor, at: datetime) -> bool:
    """Let the key open nothing any more, from this moment on. Tells whether it did until now."""
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        return False
    _audit("api_key.revoked", key, actor, at)
    return True


def valid_key(text: str, *, at: datetime) -> ApiKey | None:
    """The key with this text, if it may still be used. One query; notes the use, at most once a minute."""
    if not SHAPE.fullmatch(text):
        return None
    key = ApiKey.objects.filter(digest=_digest(text)).first()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        return None
    _note_use(key, at)
    return key


def _note_use(key: ApiKey, at: datetime) -> None:
    before = at - USE_IS_NOTED_EVERY
    if key.last_used_at is None or key.last_used_at <= before:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=before)
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=at)


def _digest(text: str) -> str:
    # A plain hash is enough: nobody can try out 160 random bits.
    return hashlib.sha256(text.encode()).hexdigest()


def _audit(action: str, key: ApiKey, actor: Actor, at: datetime) -> None:
    audit.record(
        action, actor=actor, at=at, object_kind="api_key", object_id=key.pk, object_label=f"{key.name} ({key.prefix}…)"
    )
