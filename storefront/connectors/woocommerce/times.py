"""WooCommerce's times: `…_gmt` is UTC, though it does not say so; its twin is the shop's own time and is not used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storefront.connectors.fields import EARLIEST


def time(document: dict[str, Any], name: str) -> datetime:
    """The time of that name. Raises KeyError or TypeError when it is missing, ValueError when it is none."""
    moment = datetime.fromisoformat(document[f"{name}_gmt"])
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment < EARLIEST:
        raise ValueError("a time before 1900")
    return moment


def time_or_none(document: dict[str, Any], name: str) -> datetime | None:
    """As time, where there may be none."""
    return time(document, name) if document.get(f"{name}_gmt") else None
