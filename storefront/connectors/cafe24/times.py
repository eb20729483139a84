"""Cafe24's times: with an offset from its API, at times without one from its webhooks; then they are Korea's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from storefront.connectors.fields import EARLIEST

SEOUL = ZoneInfo("Asia/Seoul")


def moment(stated: Any) -> datetime | None:
    """A time in UTC; None for none. Raises ValueError or TypeError for what is no time."""
    if not stated:
        return None
    told = datetime.fromisoformat(stated)
    told = (told.replace(tzinfo=SEOUL) if told.tzinfo is None else told).astimezone(UTC)
    if told < EARLIEST:
        raise ValueError("a time before 1900")
    return told
