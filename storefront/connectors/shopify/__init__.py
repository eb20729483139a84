"""Shopify: webhooks of an app or of a shop's notification settings.

Signature: base64 of HMAC-SHA256 over the raw body; newer header names come without "X-", both are read. There is no
time in what is signed: what keeps a replay harmless is that documents are states. Every delivery is kept and answered
202, even one we cannot read: after eight failed answers Shopify removes the subscription.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.fields import id_text, text
from storefront.connectors.interface import Headers
from storefront.connectors.shopify.people import PRIVACY, customer_number
from storefront.connectors.shopify.reading import read
from storefront.signatures import Verdict, hmacs

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

PING: re.Pattern[bytes] | None = None
REPEATS_ARE_NEWS = False
SECRET_IS_OURS = False
CHECKED_AT_THE_DOOR = False
_NAMES = ("topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at", "name")
KEPT_HEADERS = frozenset(
    {"content-type", "user-agent", *(f"{prefix}shopify-{n}" for n in _NAMES for prefix in ("", "x-"))}
)


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By the app's client secret or the secret of the notification settings; during a rotation either."""
    return hmacs.verify_base64(_header(headers, "hmac-sha256"), body, secrets)


def key(headers: Headers, digest: str) -> str:
    """Topic, webhook id and body. The id alone would do by Shopify's word; with the body nothing can be lost by it."""
    return f"{_header(headers, 'topic')}:{_header(headers, 'webhook-id')[:80]}:{digest[:32]}"[:200]


def topic(headers: Headers, document: Any) -> str:
    """E.g. "orders/paid"."""
    return _header(headers, "topic")[:60]


def subject(topic: str, document: Any) -> str:
    """The order's id for orders, edits and refunds, the customer's for customers; of a merging who is left."""
    try:
        if topic == "orders/edited":
            return id_text(document["order_edit"]["order_id"])
        if topic == "customers/merge":
            return customer_number(document["admin_graphql_api_customer_kept_id"])
        if topic in PRIVACY:
            return id_text(document["customer"]["id"])
        return id_text(document["order_id" if topic.startswith("refunds/") else "id"])
    except (KeyError, TypeError, AttributeError, ValueError):
        return ""


def _header(headers: Headers, name: str) -> str:
    return text(headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}"), 200)
