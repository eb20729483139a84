"""The launcher: the one script that a store's page loads, with the store's settings written into it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from config import colour
from config.brand import DEFAULT_COLOUR
from storefront.models import Store
from storefront.widgets import widget_of
from tenants.models import Merchant

SOURCE = Path(__file__).with_name("launcher.js")
PLACEHOLDER = "__SETTINGS__"


@dataclass(frozen=True, slots=True)
class Script:
    """The launcher of one store, and names for exactly this text."""

    text: str
    version: str  # for the address
    integrity: str  # for a page that wants to hold it to this text (Subresource Integrity)


def launcher_of(store: Store, merchant: Merchant) -> Script:
    """The launcher with this store's settings: nothing in it is secret."""
    brand = _brand(merchant.brand_colour)
    told = {
        "store": store.public_id,
        "side": widget_of(store).side,
        "language": merchant.language,
        "fill": str(brand.light.fill),
        "ink": str(brand.light.on_fill),
        "shop": merchant.name,
    }
    # "</script>" must not end the element of a page that holds the text itself.
    settings = json.dumps(told, ensure_ascii=True).replace("<", "\\u003c")
    text = _source().replace(PLACEHOLDER, settings)
    digest = hashlib.sha384(text.encode())
    return Script(text, digest.hexdigest()[:12], "sha384-" + base64.b64encode(digest.digest()).decode())


@lru_cache(maxsize=1)
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def _brand(text: str) -> colour.Brand:
    try:
        return colour.brand(colour.parse(text))
    except colour.NotAColour:
        return colour.brand(colour.parse(DEFAULT_COLOUR))
