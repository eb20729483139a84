"""One package for each kind of storefront, by the name that Store.kind keeps."""

from __future__ import annotations

from storefront.connectors import generic, shopify
from storefront.connectors.interface import Connector

CONNECTORS: dict[str, Connector] = {"generic": generic, "shopify": shopify}
