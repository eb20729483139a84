"""Standard Webhooks 1.0.0 (symmetric, v1): a strict verifier of our own.

The published library accepts timestamps such as " +1614265330", and raises on a malformed entry beside a good one or
on a body that is not UTF-8. This one works on bytes, signs the headers as they were received, and never raises.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

from config.standard_webhooks import key_of, new_secret, sign, signature
from storefront.signatures import Verdict

__all__ = ["key_of", "new_secret", "sign", "verify"]

TOLERANCE = 300  # seconds a timestamp may differ from our clock, either way
MAX_SIGNATURES = 10  # more are not looked at
_ID = re.compile(rb"[!-\-/-~]{1,150}")  # visible ASCII without the full stop, which separates what is signed
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_SIGNATURE = re.compile(rb"v1,[A-Za-z0-9+/]{43}=")


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
    expected = [signature(key_of(secret), headers[0], headers[1], body) for secret in secrets]
    # All are compared, so that the time tells nothing of which secret or signature it was.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        return Verdict.WRONG
    return Verdict.VALID if abs(at.timestamp() - int(headers[1])) <= TOLERANCE else Verdict.EXPIRED


def _as_bytes(*texts: str) -> list[bytes] | None:
    try:
        return [text.encode("latin-1") for text in texts]
    except UnicodeEncodeError:
        return None
