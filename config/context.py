"""What every template knows: the shop, its look, the languages and the request's id."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.functional import SimpleLazyObject

from config import brand


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`: merchant (None on the public host), brand_css_url, languages; and `request_id`."""
    merchant = getattr(request, "tenant", None)
    shop = merchant if merchant is not None and merchant.schema_name != "public" else None
    return {
        "shell": {
            "merchant": shop,
            "brand_css_url": SimpleLazyObject(lambda: brand.css_url(shop.brand_colour)) if shop else "",
            "languages": settings.LANGUAGES,
            "theme": request.COOKIES.get("theme", "auto"),
            "debug": settings.DEBUG,
            "root": get_script_prefix(),  # "/", or where the portal stands in a store's frame
            "outbox_url": settings.PUBLIC_URL + "/outbox/" if settings.SHOW_OUTBOX else "",
        },
        "request_id": getattr(request, "id", ""),
    }
