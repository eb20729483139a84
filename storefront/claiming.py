"""One turn of a shop's inbox: which deliveries a worker takes next.

A worker takes one batch and goes to the end of the queue (tenants/alarms.py), so however much one shop has waiting,
another waits for one batch of it. A batch should therefore take well under a second, and not much memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import psycopg
from django.db import connection
from django.db.models.functions import Length

from config.many import AnyOf
from storefront.models import Delivery, Store

BATCH = 800
BATCH_BYTES = 16 * 1024 * 1024  # of bodies, unless the first alone has more


def claim(at: datetime) -> list[Delivery]:
    """The next due deliveries, locked, each with its store; what is not needed to work on them is left out.

    Those that another worker holds are passed over. Call inside a transaction.
    """
    due = Delivery.objects.due(at)
    sizes = due.select_for_update(skip_locked=True).values_list("pk", Length("body"))[:BATCH]
    needed = due.only("store", "topic", "received_at", "state", "attempts")
    claimed = list(needed.filter(AnyOf("pk", list(_within_bounds(sizes)))))
    stores = Store.objects.in_bulk({delivery.store_id for delivery in claimed})
    bodies = _bodies([delivery.pk for delivery in claimed])
    for delivery in claimed:
        delivery.store, delivery.body = stores[delivery.store_id], bodies[delivery.pk]
    return claimed


def _bodies(ids: list[int]) -> dict[int, bytes]:
    """The bodies as they are: written out in hexadecimal, as Django would ask for them, they take twice as long."""
    if not ids:
        return {}
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute("SELECT id, body FROM storefront_delivery WHERE id = ANY(%s)", [ids], binary=True)
        return dict(cursor.fetchall())


def _within_bounds(sizes: Iterable[tuple[int, int]]) -> Iterator[int]:
    taken = 0
    for pk, size in sizes:
        if taken and taken + size > BATCH_BYTES:
            return
        taken += size
        yield pk
