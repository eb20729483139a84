"""Which shop somebody means when they type its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from tenants import directory
from tenants.models import Merchant


def shop_of(typed: str) -> Merchant | None:
    """The shop of `cafe`, `cafe.example.com`, `https://cafe.example.com/…` or its own domain; None when unknown."""
    text = typed.strip().lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return None
    if "." not in host:
        host = f"{host}.{settings.PUBLIC_HOST}"
    try:
        merchant = directory.merchant_at(host)
    except directory.UnknownHost:
        return None
    return None if merchant.schema_name == "public" else merchant
