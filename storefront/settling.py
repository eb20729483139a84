"""Settling the deliveries that waited until their orders were read at the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from customers.models import Order
from storefront.connectors import CONNECTORS
from storefront.connectors.interface import Ignored, NotUnderstood
from storefront.documents import NotJSON, parse
from storefront.models import Delivery, Reread, Store
from storefront.stores import origin_of

BATCH = 1000


def settle(store: Store, orders: Mapping[str, Order | None], *, at: datetime, reason: str = "") -> int:
    """Settle the store's deliveries none of whose orders is still to be read; returns how many.

    They are done with the order they are about (`orders`, by the ids at the store; or not used, with `reason`), or
    given up with the reason for which one of their orders was. Call inside a transaction, after the rows are gone.
    """
    settled = 0
    for delivery in _candidates(store):
        waiting = _still_wanted(store, _wanted(store, delivery))
        if any(row.next_try_at is not None for row in waiting):
            continue
        if reason and delivery.subject not in orders:
            continue
        _finish(delivery, orders, waiting, reason, at)
        settled += 1
    return settled


def _candidates(store: Store) -> list[Delivery]:
    """Deliveries whose first order waits no longer: nearly always what was read just now."""
    waiting = Reread.objects.filter(store=store, external_id=OuterRef("subject"), next_try_at__isnull=False)
    reading = store.deliveries.filter(state=Delivery.State.READING).exclude(Exists(waiting))
    return list(reading.order_by("id")[:BATCH])


def _wanted(store: Store, delivery: Delivery) -> tuple[str, ...]:
    """The orders it mentions, from its body as when it came."""
    try:
        document = parse(bytes(delivery.body))
        origin = origin_of(store, delivery.received_at)
        return CONNECTORS[store.kind].read(delivery.topic, document, origin).wanted
    except (Ignored, NotUnderstood, NotJSON):
        return ()


def _still_wanted(store: Store, external_ids: Iterable[str]) -> list[Reread]:
    return list(Reread.objects.filter(store=store, external_id__in=list(external_ids)))


def _finish(
    delivery: Delivery, orders: Mapping[str, Order | None], given_up: list[Reread], reason: str, at: datetime
) -> None:
    order = orders.get(delivery.subject)
    if given_up:
        delivery.state, delivery.reason = Delivery.State.DEAD, given_up[0].last_error
    elif reason:
        delivery.state, delivery.reason = Delivery.State.IGNORED, reason
    else:
        delivery.state, delivery.reason = Delivery.State.DONE, ""
    delivery.done_at, delivery.next_try_at = at, None
    if order is not None:
        delivery.order_id, delivery.customer_id = order.pk, order.customer_id
    delivery.save(update_fields=["state", "reason", "done_at", "next_try_at", "order_id", "customer_id"])
