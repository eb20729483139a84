"""Cafe24: the webhooks of an app, by event number.

There is no signature: every delivery carries the same key in `x-api-key`. So a delivery proves little, and orders are
never taken from its body: they are read again at the shop's API before points are given. Nor is there an id or a time:
a body that comes twice is either a second try or the same news once more (back to a state it had before), so it is
worked on again, which for states does no harm.
Source: Cafe24's webhook events as in tests/payloads/cafe24.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.cafe24.reading import order_ids, read, resource_of
from storefront.connectors.fields import id_text
from storefront.connectors.interface import Headers
from storefront.signatures import Verdict, shared_keys

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

SECRET_IS_OURS = False
CHECKED_AT_THE_DOOR = False
PING: re.Pattern[bytes] | None = None
REPEATS_ARE_NEWS = True
KEPT_HEADERS = frozenset({"content-type", "user-agent"})


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By the app's webhook key, compared in constant time."""
    return shared_keys.verify(headers.get("x-api-key"), secrets)


def key(headers: Headers, digest: str) -> str:
    """The body: shop, event, order and claim stand in it, and nothing beside it tells deliveries apart."""
    return f"body:{digest}"


def topic(headers: Headers, document: Any) -> str:
    """The event's number, e.g. "90023"."""
    return id_text(document.get("event_no"))[:60] if isinstance(document, dict) else ""


def subject(topic: str, document: Any) -> str:
    """The order's number (of several the first), else the member's id."""
    resource = resource_of(document)
    return next(iter(order_ids(resource)), "") or id_text(resource.get("member_id"))
