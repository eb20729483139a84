"""Settling the deliveries that waited until their orders were read at the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from customers.models import Order
from storefront.connectors import CONNECTORS
from storefront.connectors.interface import Ignored, NotUnderstood
from storefront.documents import NotJSON, parse
from storefront.models import Delivery, Reread, Store
from storefront.stores import origin_of

BATCH = 1000


def settle(store: Store, *, nothing: Mapping[str, str], at: datetime) -> int:
    """Settle the store's deliveries none of whose orders is still to be read; returns how many.

    They are done with the order they are about; not used when there was `nothing` (order's id: reason); or given up,
    when one of their orders was. Call inside a transaction, after the rows of what was read are gone.
    """
    wanted = {delivery: _wanted(store, delivery) for delivery in _candidates(store)}
    named = [external_id for ids in wanted.values() for external_id in ids]
    waiting = {row.external_id: row for row in Reread.objects.filter(store=store, external_id__in=named)}
    orders = _orders(store, [delivery.subject for delivery in wanted])
    settled = 0
    for delivery, ids in wanted.items():
        left = [waiting[external_id] for external_id in ids if external_id in waiting]
        if any(row.next_try_at is not None for row in left):
            continue
        given_up = left[0].last_error if left else ""
        _finish(delivery, orders.get(delivery.subject), given_up, nothing.get(delivery.subject, ""), at)
        settled += 1
    return settled


def _candidates(store: Store) -> list[Delivery]:
    """Deliveries whose first order waits no longer: nearly always those of what was read just now."""
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


def _orders(store: Store, external_ids: list[str]) -> dict[str, Order]:
    found = Order.objects.filter(source=store.public_id, external_id__in=external_ids)
    return {order.external_id: order for order in found.only("external_id", "customer_id")}


def _finish(delivery: Delivery, order: Order | None, given_up: str, nothing: str, at: datetime) -> None:
    if given_up:
        delivery.state, delivery.reason = Delivery.State.DEAD, given_up
    elif nothing:
        delivery.state, delivery.reason = Delivery.State.IGNORED, nothing
    else:
        delivery.state, delivery.reason = Delivery.State.DONE, ""
    delivery.done_at, delivery.next_try_at = at, None
    if order is not None:
        delivery.order_id, delivery.customer_id = order.pk, order.customer_id
    delivery.save(update_fields=["state", "reason", "done_at", "next_try_at", "order_id", "customer_id"])
