"""Orders that are to be read again at their store, and the deliveries that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from storefront.models import Delivery, Store
from tenants.alarms import ring

# A reading that is under way must notice news that came meanwhile, also at the same moment: hence the microsecond.
WANT = """
INSERT INTO storefront_reread (store_id, external_id, wanted_at, attempts, next_try_at, last_error)
SELECT %(store)s, external_id, %(at)s, 0, %(at)s, '' FROM unnest(%(ids)s::text[]) AS external_id
ON CONFLICT (store_id, external_id) DO UPDATE SET
    wanted_at = GREATEST(EXCLUDED.wanted_at, storefront_reread.wanted_at + interval '1 microsecond'),
    attempts = CASE WHEN storefront_reread.next_try_at IS NULL THEN 0 ELSE storefront_reread.attempts END,
    next_try_at = COALESCE(storefront_reread.next_try_at, EXCLUDED.next_try_at)
"""


def want(store: Store, external_ids: Sequence[str], *, at: datetime) -> None:
    """Have these orders read at the store's API. Call in the transaction that keeps the reason for it.

    One that waits already keeps its turn (so news of a shop that does not answer is no reason to ask it more often);
    one that was given up is tried afresh.
    """
    if not external_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(WANT, {"store": store.pk, "ids": sorted(set(external_ids)), "at": at})
    ring("rereads")


def revive(store: Store, *, at: datetime) -> int:
    """Try everything afresh, at once: for a shop that has a new key or is back. Returns how many orders that is.

    Deliveries that were given up because the shop did not answer wait again. Call in a transaction.
    """
    reasons = list(store.rereads.filter(next_try_at=None).values_list("last_error", flat=True).distinct())
    dead = store.deliveries.filter(state=Delivery.State.DEAD, reason__in=reasons)
    dead.update(state=Delivery.State.READING, reason="", errors=[], done_at=None)
    found = store.rereads.update(attempts=0, next_try_at=at, last_error="")
    if found:
        ring("rereads")
    return found
