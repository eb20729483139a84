"""Standard Webhooks 1.0.0 (symmetric, v1): a strict verifier and signer of our own.

The published library accepts timestamps such as " +1614265330", and raises on a malformed entry beside a good one or
on a body that is not UTF-8. This one works on bytes, signs the headers as they were received, and never raises.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets as random
from collections.abc import Iterable
from datetime import datetime

from storefront.signatures import Verdict
from storefront.signatures.hmacs import hmac_sha256

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification allows 24 to 64
TOLERANCE = 300  # seconds a timestamp may differ from our clock, either way
MAX_SIGNATURES = 10  # more are not looked at
_ID = re.compile(rb"[!-\-/-~]{1,150}")  # visible ASCII without the full stop, which separates what is signed
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v1,[A-Za-z0-9+/]{43}=")


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


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` for one secret."""
    return _signature(key_of(secret), message_id.encode(), str(timestamp).encode(), body).decode()


def verify(
    message_id: str | None,
    timestamp: str | None,
    signatures: str | None,
    body: bytes,
    *,
    secrets: Iterable[str],
    at: datetime,
) -> Verdict:
    """Whether one of the signatures was made with one of the secrets, at most five minutes from `at`.

    The headers come as the server gave them (latin-1 text) or None when absent. Never raises for what a sender sends.
    """
    if not (message_id and timestamp and signatures):
        return Verdict.MISSING
    headers = _as_bytes(message_id, timestamp, signatures)
    if headers is None or not _ID.fullmatch(headers[0]) or not _TIMESTAMP.fullmatch(headers[1]):
        return Verdict.MALFORMED
    given = [s for s in headers[2].split(b" ", MAX_SIGNATURES)[:MAX_SIGNATURES] if _SIGNATURE.fullmatch(s)]
    if not given:
        return Verdict.MALFORMED
    expected = [_signature(key_of(secret), headers[0], headers[1], body) for secret in secrets]
    # All are compared, so that the time tells nothing of which secret or signature it was.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        return Verdict.WRONG
    return Verdict.VALID if abs(at.timestamp() - int(headers[1])) <= TOLERANCE else Verdict.EXPIRED


def _signature(key: bytes, message_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    return b"v1," + base64.b64encode(hmac_sha256(key, b".".join([message_id, timestamp, body])))


def _as_bytes(*texts: str) -> list[bytes] | None:
    try:
        return [text.encode("latin-1") for text in texts]
    except UnicodeEncodeError:
        return None
