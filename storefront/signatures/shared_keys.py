"""A key that is sent along as it is, as Cafe24 does: it proves who sends, but not that the body is as it was sent."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from storefront.signatures import Verdict


def verify(given: str | None, secrets: Iterable[str]) -> Verdict:
    """Whether the header is one of the keys. In constant time for keys of equal length; never raises."""
    if not given:
        return Verdict.MISSING
    stated = given.encode("utf-8", "surrogatepass")
    # All are compared, so that the time tells nothing of which key it was.
    matches = [hmac.compare_digest(secret.encode(), stated) for secret in secrets if secret]
    return Verdict.VALID if any(matches) else Verdict.WRONG
