"""Questions about messages: the log of an endpoint, and how it is doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Max, Q

if TYPE_CHECKING:
    from webhooks.models import Endpoint, Message  # noqa: F401 (named in strings below)

RECENT = timedelta(days=7)


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, as the log asks for them: newest first is by -id."""

    def in_state(self, state: str) -> Self:
        """Those in that state; all for an empty text."""
        return self.filter(state=state) if state else self

    def of_type(self, name: str) -> Self:
        """Those of that type; all for an empty text."""
        return self.filter(type=name) if name else self

    def failed_since(self, since: datetime) -> Self:
        """Those given up, or held back, of events from `since` on, that can still be sent."""
        return self.filter(state__in=["failed", "held"], created_at__gte=since).exclude(body="")


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint's messages of the last seven days went."""

    delivered: int
    failed: int  # given up, or failing and to be tried again
    waiting: int  # not tried yet
    last_delivered_at: datetime | None  # of these days

    @property
    def rate(self) -> int | None:
        """Delivered ones in a hundred of those tried; None when none was."""
        tried = self.delivered + self.failed
        return 100 * self.delivered // tried if tried else None


def health_of(endpoints: Iterable[Endpoint], *, at: datetime) -> dict[int, Health]:
    """The health of each, by its id, in one query."""
    from webhooks.models import Message

    ids = [endpoint.pk for endpoint in endpoints]
    delivered, skipped = Q(state="sent"), Q(state__in=["skipped", "held"])
    untried = Q(state__in=["waiting", "sending"], tries=[])
    counted = (
        Message.objects.filter(endpoint__in=ids, created_at__gt=at - RECENT)
        .values_list("endpoint")
        .annotate(
            delivered=Count("id", filter=delivered),
            failed=Count("id", filter=~delivered & ~skipped & ~untried),
            waiting=Count("id", filter=untried | Q(state="held")),
            last=Max("settled_at", filter=delivered),
        )
    )
    found = {endpoint: Health(*figures) for endpoint, *figures in counted}
    return {pk: found.get(pk, Health(0, 0, 0, None)) for pk in ids}
