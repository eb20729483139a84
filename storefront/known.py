"""Stores and their secrets, remembered for a moment in each process: a busy hook asks for the same ones all the time.

A new secret, and that a store is disconnected, count at once in the process that made the change and within
REMEMBERED_SECONDS in the others. Only stores that exist are remembered, and the secrets in plain text live no longer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from config import encryption
from storefront.models import Store

REMEMBERED_SECONDS = 2.0
MOST = 10_000  # stores
_remembered: dict[tuple[str, str], tuple[float, Known]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """A store with its secrets, newest first, and when each stops being valid."""

    store: Store
    secrets: tuple[tuple[str, datetime | None], ...]

    def valid_secrets(self, at: datetime) -> list[str]:
        """The secrets a delivery may be signed with at this moment, newest first."""
        return [plain for plain, expires_at in self.secrets if expires_at is None or expires_at > at]


def known(public_id: str, at: datetime) -> Known | None:
    """The store of this id in the current shop; None when there is none."""
    key = (connection.schema_name, public_id)
    until, found = _remembered.get(key, (0.0, None))
    if found is not None and time.monotonic() < until:
        return found
    return _look_up(key, at)


def _look_up(key: tuple[str, str], at: datetime) -> Known | None:
    store = Store.objects.filter(public_id=key[1]).first()
    if store is None:
        return None
    valid = store.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=at)).order_by("-id")
    found = Known(store, tuple((encryption.decrypt(s.ciphertext), s.expires_at) for s in valid))
    if len(_remembered) >= MOST:
        _remembered.clear()
    _remembered[key] = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found


def forget() -> None:
    """Drop what this process remembers, after a change that must show at once here."""
    _remembered.clear()
