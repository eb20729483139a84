"""Standard Webhooks 1.0.0 (symmetric, v1): secrets and signatures, for what we send and for what we receive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as random

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification allows 24 to 64


def new_secret() -> str:
    """A fresh secret: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(random.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key behind a secret. Raises ValueError when it is not `whsec_` with the base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:  # binascii.Error is one
        raise ValueError("A secret is whsec_ followed by base64") from error
    if not 24 <= len(key) <= 64:
        raise ValueError("A secret has 24 to 64 bytes")
    return key


def signature(key: bytes, message_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    """`v1,` and the base64 of the signature. The three parts as they stand in the headers and on the wire."""
    return b"v1," + base64.b64encode(hmac.digest(key, b".".join([message_id, timestamp, body]), hashlib.sha256))


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` for one secret; `timestamp` in seconds since 1970."""
    return signature(key_of(secret), message_id.encode(), str(timestamp).encode(), body).decode()
