"""A keyed hash over the raw body, as Shopify, WooCommerce and GitHub sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from storefront.signatures import Verdict


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.digest(secret, message, hashlib.sha256)


def verify_base64(signature: str | None, body: bytes, secrets: Iterable[str]) -> Verdict:
    """Whether the header is the base64 of the body's HMAC under any secret (used as UTF-8 text). Never raises."""
    if not signature:
        return Verdict.MISSING
    try:
        given = signature.encode("ascii")
    except UnicodeEncodeError:
        return Verdict.MALFORMED
    expected = [base64.b64encode(hmac_sha256(secret.encode(), body)) for secret in secrets]
    # All are compared, so that the time tells nothing of which secret it was.
    matches = [hmac.compare_digest(one, given) for one in expected]
    return Verdict.VALID if any(matches) else Verdict.WRONG
