"""Questions about the deliveries of a shop: the log page, and how a store is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Max, Q

if TYPE_CHECKING:
    from storefront.models import Delivery, Store  # noqa: F401 (named in strings below)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, as the log page asks for them: newest first is by -id."""

    def in_state(self, state: str) -> Self:
        """Those in that state; all for an empty text."""
        return self.filter(state=state) if state else self

    def on_topic(self, topic: str) -> Self:
        """Those whose topic begins so ("order." finds all of orders); all for an empty text."""
        return self.filter(topic__startswith=topic) if topic else self

    def search(self, text: str) -> Self:
        """Those about what carries this id, or with this delivery key; all for an empty text."""
        text = text.replace("\0", "").strip()
        return self.filter(Q(subject=text) | Q(key=text)) if text else self

    def due(self, at: datetime) -> Self:
        """Those to be worked on at this moment, oldest first."""
        return self.filter(next_try_at__lte=at).order_by("next_try_at", "id")

    def earliest_due(self) -> datetime | None:
        """When the next one is to be worked on."""
        first = self.filter(next_try_at__isnull=False).order_by("next_try_at").values_list("next_try_at", flat=True)
        return first.first()

    def wanting_attention(self) -> Self:
        """Those a person should look at: retries used up, or still failing."""
        return self.filter(state__in=[self.model.State.DEAD, self.model.State.FAILED])


@dataclass(frozen=True, slots=True)
class Health:
    """How a store's deliveries of the last seven days went."""

    last_received_at: datetime | None
    received: int
    waiting: int
    refused: int
    failing: int  # will be retried, or given up


def health(store: Store, *, at: datetime) -> Health:
    """One query; the numbers are of the seven days before `at`, the last delivery is of any time."""
    from storefront.models import Delivery

    recent = Q(received_at__gt=at - timedelta(days=7))
    state = Delivery.State
    found = store.deliveries.aggregate(
        last=Max("received_at"),
        received=Count("id", filter=recent),
        waiting=Count("id", filter=recent & Q(state=state.NEW)),
        refused=Count("id", filter=recent & Q(state=state.REFUSED)),
        failing=Count("id", filter=recent & Q(state__in=[state.FAILED, state.DEAD])),
    )
    return Health(found["last"], found["received"], found["waiting"], found["refused"], found["failing"])
