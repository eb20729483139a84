"""WooCommerce: the webhooks of a shop's advanced settings.

Signature: base64 of HMAC-SHA256 over the raw body. The secret is the text of its field with HTML's special characters
decoded, as WooCommerce does before it signs. A webhook that fails five times in a row is switched off by WooCommerce
without a word, and nothing is ever sent twice: so everything signed is kept and answered 202, even what we cannot read.
Source: woocommerce/woocommerce, `includes/class-wc-webhook.php`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storefront.connectors.fields import id_text, text
from storefront.connectors.interface import Headers
from storefront.connectors.woocommerce.reading import read
from storefront.signatures import Verdict, hmacs

__all__ = [
    "CHECKED_AT_THE_DOOR", "KEPT_HEADERS", "PING", "REPEATS_ARE_NEWS", "SECRET_IS_OURS",
    "key", "read", "subject", "topic", "verify",
]  # fmt: skip

SECRET_IS_OURS = False
CHECKED_AT_THE_DOOR = False
PING: re.Pattern[bytes] | None = re.compile(
    rb"webhook_id=[0-9]{1,20}"
)  # sent unsigned when the webhook is saved; wants a 200
REPEATS_ARE_NEWS = False
_NAMES = ("source", "topic", "resource", "event", "id", "delivery-id")
KEPT_HEADERS = frozenset({"content-type", "user-agent", *(f"x-wc-webhook-{name}" for name in _NAMES)})
# What WordPress's wp_specialchars_decode(…, ENT_QUOTES) decodes, and no other entity.
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#0*(?:38|60|62|34|39)|#[xX]0*(?:26|3[cC]|3[eE]|22|27));")


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str], at: datetime, url: str) -> Verdict:
    """By the webhook's own secret."""
    plain = [_ENTITY.sub(lambda found: html.unescape(found[0]), secret) for secret in secrets]
    return hmacs.verify_base64(_header(headers, "signature"), body, plain)


def key(headers: Headers, digest: str) -> str:
    """Topic, delivery id and body: the id is made from the second of sending, so two bodies may share it."""
    return f"{_header(headers, 'topic')}:{_header(headers, 'delivery-id')[:80]}:{digest[:32]}"[:200]


def topic(headers: Headers, document: Any) -> str:
    """E.g. "order.updated"."""
    return _header(headers, "topic")[:60]


def subject(topic: str, document: Any) -> str:
    """The order's or the customer's id."""
    return id_text(document.get("id")) if isinstance(document, dict) else ""


def _header(headers: Headers, name: str) -> str:
    return text(headers.get(f"x-wc-webhook-{name}"), 200)
