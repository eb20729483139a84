"""The merchant's colour as a stylesheet of its own, so that the strict CSP needs no exception."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.http import HttpRequest, HttpResponse

from config import colour as colours

DEFAULT_COLOUR = "#b8410f"
FOR_EVER, BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=60"


def css_url(colour: str) -> str:
    """The address of the stylesheet; it changes with what the sheet says and can be cached for ever."""
    return f"/brand-{_digest(colour)}.css"


def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """The shop's colours. An address from before a change answers with the colours of today, cached only briefly."""
    colour = request.tenant.brand_colour
    response = HttpResponse(_css(colour), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = FOR_EVER if digest == _digest(colour) else BRIEFLY
    return response


@lru_cache(maxsize=2048)
def _css(colour: str) -> str:
    """The sheet's text; a colour that was stored wrongly shows Dangol's own rather than an error."""
    try:
        return colours.brand_css(colours.parse(colour))
    except colours.NotAColour:
        return colours.brand_css(colours.parse(DEFAULT_COLOUR))


@lru_cache(maxsize=2048)
def _digest(colour: str) -> str:
    return hashlib.sha256(_css(colour).encode()).hexdigest()[:12]
