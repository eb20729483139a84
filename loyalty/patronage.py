"""What staff sort members by: how much each has spent, how many orders that were, when they were last seen.

Counted afresh from a member's orders whenever one of these changes, so that any order of deliveries ends alike. Kept
with the balance, where lists walk an index by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection

from customers.events import Happened, subscribe
from loyalty import ledger, merging  # noqa: F401  merging subscribes first
from loyalty.ledger_calls import fetch

# What shows that a member was there, besides an order.
SEEN = ("customer.visited", "stamp.given", "reward.used")
SAW = """
UPDATE loyalty_balance b SET seen_at = told.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS told (customer_id, at)
WHERE b.customer_id = told.customer_id AND (b.seen_at IS NULL OR b.seen_at < told.at)
"""


def count(customer_ids: Collection[int | None]) -> None:
    """Count these members' orders. Call in the transaction that changed them; locks the balances. One round trip."""
    if members := sorted(filter(None, customer_ids)):
        currency = getattr(connection.tenant, "currency", "")
        fetch("SELECT loyalty_count_orders(%s::bigint[], %s)", [members, currency])


def count_afresh(customer_ids: Collection[int | None]) -> None:
    """As `count`, where orders went without a trace: when these members were last seen may be earlier than before."""
    count(customer_ids)
    if members := sorted(filter(None, customer_ids)):
        fetch("SELECT loyalty_count_visits(%s::bigint[], %s)", [members, list(SEEN)])


@subscribe("customer.visited", name="loyalty.patronage")
@subscribe("stamp.given", name="loyalty.patronage")
@subscribe("reward.used", name="loyalty.patronage")
def saw(happened: Sequence[Happened], at: datetime) -> None:
    """Who came by, or used a reward."""
    latest: dict[int, datetime] = {}
    for h in happened:
        if h.customer_id is not None:
            latest[h.customer_id] = max(h.at, latest.get(h.customer_id, h.at))
    if latest:
        ledger.lock(latest)
        with connection.cursor() as cursor:
            cursor.execute(SAW, [list(latest), list(latest.values())])


@subscribe("customer.merged", name="loyalty.patronage", after="loyalty.merging")
@subscribe("customer.unmerged", name="loyalty.patronage", after="loyalty.merging")
def moved(happened: Sequence[Happened], at: datetime) -> None:
    """Orders and past have moved from one to the other."""
    count_afresh(_both(happened))


def _both(happened: Iterable[Happened]) -> set[int]:
    return {who for h in happened for who in (h.customer_id, h.data.get("from"), h.subject_id) if who is not None}
