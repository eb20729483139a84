"""WooCommerce's orders and customers turned into snapshots."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from storefront.connectors.interface import Ignored, Origin, Snapshots


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """Not yet."""
    raise Ignored(gettext_noop("Deliveries on this topic are not used."))
