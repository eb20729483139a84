"""Stripe: payment links and terminals of a shop without a shop system.

Signature: see storefront/signatures/stripe.py. Stripe tries for up to three days and does not keep the order of events.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.fields import id_text
from storefront.connectors.interface import Headers
from storefront.connectors.stripe.reading import payment_id, read
from storefront.signatures import Verdict, stripe

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

SECRET_IS_OURS = False
CHECKED_AT_THE_DOOR = False
PING: re.Pattern[bytes] | None = None
REPEATS_ARE_NEWS = False
KEPT_HEADERS = frozenset({"content-type", "user-agent"})


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By the endpoint's signing secret."""
    return stripe.verify(headers.get("stripe-signature"), body, secrets=secrets, at=at)


def key(headers: Headers, digest: str) -> str:
    """The body, in which the event's id stands: the same for every try of one event."""
    return f"body:{digest}"


def topic(headers: Headers, document: Any) -> str:
    """E.g. "charge.refunded"."""
    return id_text(document.get("type"))[:60] if isinstance(document, dict) else ""


def subject(topic: str, document: Any) -> str:
    """The payment's id: of a checkout, a payment and a charge it is the same."""
    return payment_id(document)
