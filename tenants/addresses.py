"""Absolute addresses of shops and of the installation, from PUBLIC_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from tenants.models import Merchant


def public_url(path: str = "/") -> str:
    """An address on the installation's own host; `path` starts with a slash."""
    return settings.PUBLIC_URL.rstrip("/") + path


def shop_url(merchant: Merchant, path: str = "/") -> str:
    """An address at the merchant's own host, with the scheme and port of PUBLIC_URL."""
    parts = urlsplit(settings.PUBLIC_URL)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{merchant.host}{port}{path}"
