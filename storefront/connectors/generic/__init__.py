"""Any program that sends our own documents, signed by Standard Webhooks. docs/webhooks.md tells senders how."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.generic.reading import DOCUMENTS, read
from storefront.connectors.interface import Headers
from storefront.signatures import Verdict, standard_webhooks

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

PING: re.Pattern[bytes] | None = None
REPEATS_ARE_NEWS = False
SECRET_IS_OURS = True
CHECKED_AT_THE_DOOR = True
KEPT_HEADERS = frozenset({"webhook-id", "webhook-timestamp", "content-type", "user-agent"})


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By Standard Webhooks."""
    return standard_webhooks.verify(
        headers.get("webhook-id"),
        headers.get("webhook-timestamp"),
        headers.get("webhook-signature"),
        body,
        secrets=secrets,
        at=at,
    )


def key(headers: Headers, digest: str) -> str:
    """The webhook-id: the sender keeps it when it tries again."""
    return headers["webhook-id"]


def topic(headers: Headers, document: Any) -> str:
    """The event's type."""
    stated = document.get("type") if isinstance(document, dict) else None
    return stated[:60] if isinstance(stated, str) else ""


def subject(topic: str, document: Any) -> str:
    """The order's or the customer's id at the store."""
    data = document.get("data") if isinstance(document, dict) else None
    if topic not in DOCUMENTS or not isinstance(data, dict):
        return ""
    stated = data.get("order_id" if DOCUMENTS[topic] == "refund" else "id")
    return stated[:100] if isinstance(stated, str) else ""
