"""The alarm "webhooks_old": after 30 days the bodies of messages and answers are dropped, the facts stay."""

from __future__ import annotations

from datetime import datetime

from tenants.alarms import handler
from webhooks.events import KEPT, OLD
from webhooks.models import Message

BATCH = 2000


def due() -> datetime | None:
    """When the oldest body is to be dropped."""
    oldest = Message.objects.exclude(body="").order_by("created_at").values_list("created_at", flat=True).first()
    return oldest + KEPT if oldest else None


@handler(OLD, due=due)
def drop_bodies(at: datetime) -> None:
    """Drop one batch. What was still held back is not sent any more."""
    old = Message.objects.exclude(body="").filter(created_at__lte=at - KEPT).order_by("created_at")
    batch = list(old.values_list("pk", flat=True)[:BATCH])
    unsent = Message.objects.filter(pk__in=batch).exclude(state__in=["sent", "failed"])
    unsent.update(state=Message.State.SKIPPED, next_try_at=None, settled_at=at)
    Message.objects.filter(pk__in=batch).update(body="", answer="")
