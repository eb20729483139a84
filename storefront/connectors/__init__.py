"""One package for each kind of storefront, by the name that Store.kind keeps."""

from __future__ import annotations

from storefront.connectors import cafe24, generic, shopify, square, stripe, woocommerce
from storefront.connectors.interface import Connector

CONNECTORS: dict[str, Connector] = {
    "generic": generic,
    "shopify": shopify,
    "woocommerce": woocommerce,
    "cafe24": cafe24,
    "square": square,
    "stripe": stripe,
}
