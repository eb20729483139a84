"""What every template knows: the shop, its look, the languages and the request's id."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config import brand


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`: merchant (None on the public host), brand_css_url, languages; and `request_id`."""
    merchant = getattr(request, "tenant", None)
    is_shop = bool(merchant and merchant.schema_name != "public")
    return {
        "shell": {
            "merchant": merchant if is_shop else None,
            "brand_css_url": SimpleLazyObject(lambda: brand.css_url(merchant.brand_colour)) if is_shop else "",
            "languages": settings.LANGUAGES,
            "theme": request.COOKIES.get("theme", "auto"),
            "debug": settings.DEBUG,
            "outbox_url": settings.PUBLIC_URL + "/outbox/" if settings.SHOW_OUTBOX else "",
        },
        "request_id": getattr(request, "id", ""),
    }
