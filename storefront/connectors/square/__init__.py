"""Square: payments and refunds of the till.

Signature: base64 of HMAC-SHA256 over the notification URL, exactly as it was entered at Square, followed by the raw
body. The URL is ours to know (`Store.settings["hook_url"]`, else our main host), never the request's: behind a proxy
the two differ, and a sender must not choose what it signs.
Source: square/square-python-sdk, `utils/webhooks_helper.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.fields import id_text
from storefront.connectors.interface import Headers
from storefront.connectors.square.reading import order_id, read
from storefront.signatures import Verdict, hmacs

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

SECRET_IS_OURS = False
CHECKED_AT_THE_DOOR = False
PING: re.Pattern[bytes] | None = None
REPEATS_ARE_NEWS = False
KEPT_HEADERS = frozenset({"content-type", "user-agent", "square-environment", "square-version"})


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By the subscription's signature key."""
    return hmacs.verify_base64(headers.get("x-square-hmacsha256-signature"), url.encode() + body, secrets)


def key(headers: Headers, digest: str) -> str:
    """The body, in which the `event_id` stands: the same for every try of one event."""
    return f"body:{digest}"


def topic(headers: Headers, document: Any) -> str:
    """E.g. "payment.updated"."""
    return id_text(document.get("type"))[:60] if isinstance(document, dict) else ""


def subject(topic: str, document: Any) -> str:
    """The order's id, or the payment's when it has no order."""
    return order_id(document)
