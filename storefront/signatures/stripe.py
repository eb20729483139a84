"""Stripe's signature: `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]` over "<t>.<body>".

Source: stripe-python, `stripe/_webhook.py`. The key is the whole `whsec_…` text as UTF-8, not decoded as Standard
Webhooks would. Several `v1` stand side by side while a secret is rolled.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from datetime import datetime

from storefront.signatures import Verdict
from storefront.signatures.hmacs import hmac_sha256

TOLERANCE = 300  # seconds a timestamp may differ from our clock, either way
MAX_PARTS = 20  # more are not looked at
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the header for one secret."""
    return f"t={timestamp},v1={_signature(secret, str(timestamp), body)}"


def verify(header: str | None, body: bytes, *, secrets: Iterable[str], at: datetime) -> Verdict:
    """Whether one of the signatures was made with one of the secrets, at most five minutes from `at`. Never raises."""
    if not header:
        return Verdict.MISSING
    parts = [part.partition("=") for part in header.split(",", MAX_PARTS)[:MAX_PARTS]]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1" and _SIGNATURE.fullmatch(value)]
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]) or not given:
        return Verdict.MALFORMED
    expected = [_signature(secret, stamps[0], body) for secret in secrets]
    # All are compared, so that the time tells nothing of which secret or signature it was.
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    if not any(matches):
        return Verdict.WRONG
    return Verdict.VALID if abs(at.timestamp() - int(stamps[0])) <= TOLERANCE else Verdict.EXPIRED


def _signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac_sha256(secret.encode(), timestamp.encode() + b"." + body).hex()
