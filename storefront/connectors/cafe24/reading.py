"""Cafe24's news, and the orders that its API tells."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from storefront.connectors.fields import id_text
from storefront.connectors.interface import Ignored, Origin, Snapshots


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """Not yet."""
    raise Ignored(gettext_noop("Events of this type are not used."))


def resource_of(document: Any) -> dict[str, Any]:
    """What the news is about: some events wrap it in `resource`, some don't. Empty for another shape."""
    if not isinstance(document, dict):
        return {}
    resource = document.get("resource", document)
    return resource if isinstance(resource, dict) else {}


def order_ids(resource: dict[str, Any]) -> list[str]:
    """The orders it names, once each; bulk events name several, separated by commas."""
    stated = id_text(resource.get("order_id"), 10_000)
    return list(dict.fromkeys(part.strip()[:100] for part in stated.split(",") if part.strip()))
