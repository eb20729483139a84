"""Stripe's checkouts, payments and charges turned into snapshots."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from storefront.connectors.interface import Ignored, Origin, Snapshots


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """Not yet."""
    raise Ignored(gettext_noop("Events of this type are not used."))


def payment_id(document: Any) -> str:
    """Not yet."""
    return ""
