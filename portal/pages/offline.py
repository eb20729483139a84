"""What makes the portal an app on a phone: its manifest, its icons, and the worker that keeps the card."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import colour
from config.brand import DEFAULT_COLOUR
from portal import icons

WORKER = Path(__file__).parent.parent / "card-worker.js"
PAPER = "#fcf9f5"  # the light page behind the first picture
SHORT = 12  # characters that fit under an icon
DAY = 24 * 3600


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The shop as an app: its name, colour and icons. W3C Web Application Manifest."""
    shop = request.tenant
    told = {
        "id": "/",
        "name": shop.name,
        "short_name": shop.name[:SHORT].strip(),
        "description": _("Your points and rewards at %(shop)s") % {"shop": shop.name},
        "lang": get_language() or shop.language,
        "dir": "auto",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": str(_fill(shop.brand_colour)[0]),
        "background_color": PAPER,
        "icons": [_icon(size, purpose) for size in icons.SIZES for purpose in ("any", "maskable")],
        "shortcuts": [{"name": _("Show my QR"), "url": reverse("portal:card"), "icons": [_icon(192, "any")]}],
    }
    response = JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/manifest+json; charset=utf-8"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
def icon(request: HttpRequest, size: int) -> HttpResponse:
    """The shop's icon in its colour."""
    if size not in icons.SIZES:
        raise Http404
    response = HttpResponse(icons.png(size, *_fill(request.tenant.brand_colour)), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={DAY}"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. At the root, because a worker's scope is the folder it lies in."""
    response = HttpResponse(_source(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _icon(size: int, purpose: str) -> dict[str, str]:
    src = reverse("portal:icon", args=[size])
    return {"src": src, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _fill(text: str) -> tuple[colour.Colour, colour.Colour]:
    """The shop's colour, and the one that can be seen on it."""
    try:
        light = colour.brand(colour.parse(text)).light
    except colour.NotAColour:
        light = colour.brand(colour.parse(DEFAULT_COLOUR)).light
    return light.fill, light.on_fill


@lru_cache(maxsize=1)
def _source() -> str:
    return WORKER.read_text(encoding="utf-8")
