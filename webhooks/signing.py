"""How messages are signed: Standard Webhooks 1.0.0, symmetric (v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets as random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from config import encryption
from webhooks.models import Endpoint

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification allows 24 to 64
OLD_SECRET_LIVES = timedelta(hours=24)


def new_secret() -> str:
    """A fresh secret: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, at: datetime, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of a message that is sent at this moment, with one signature for each secret."""
    seconds = str(int(at.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


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
