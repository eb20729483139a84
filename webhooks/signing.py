"""How messages are signed: Standard Webhooks 1.0.0, symmetric (v1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from config import encryption
from config.standard_webhooks import new_secret, sign
from webhooks.models import Endpoint

__all__ = ["headers", "kept_secrets", "new_secret", "sealed", "valid_secrets"]

OLD_SECRET_LIVES = timedelta(hours=24)


def headers(message_id: str, at: datetime, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of a message that is sent at this moment, with one signature for each secret."""
    seconds = int(at.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(sign(secret, message_id, seconds, body) for secret in secrets),
    }


def sealed(secret: str, *, at: datetime, before: Endpoint | None = None) -> str:
    """What to keep in Endpoint.secrets: this one first; those of `before` sign on for a day at most."""
    end = (at + OLD_SECRET_LIVES).isoformat()
    older = [{**kept, "expires_at": kept["expires_at"] or end} for kept in (kept_secrets(before, at) if before else [])]
    return encryption.encrypt(
        json.dumps([{"secret": secret, "created_at": at.isoformat(), "expires_at": None}, *older])
    )


def kept_secrets(endpoint: Endpoint, at: datetime) -> list[dict[str, Any]]:
    """The secrets that sign at this moment, newest first, as they are kept."""
    kept: list[dict[str, Any]] = json.loads(encryption.decrypt(endpoint.secrets))
    return [one for one in kept if one["expires_at"] is None or datetime.fromisoformat(one["expires_at"]) > at]


def valid_secrets(endpoint: Endpoint, at: datetime) -> list[str]:
    """The secrets themselves, newest first."""
    return [one["secret"] for one in kept_secrets(endpoint, at)]
