"""Past orders for a replay: read in pages of members, only what evaluation looks at, without model instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

MEMBERS = 500  # in a page

# The next customers, in ascending id. Whether they did anything in that time is asked for all of them at once.
NEXT = """
SELECT id FROM customers_customer WHERE id > %(after)s AND merged_into_id IS NULL ORDER BY id LIMIT %(members)s
"""
# Their orders, also those before that time as far as `history` reaches: these only count. Lines of these stay unread.
ORDERS = """
SELECT o.customer_id, o.id, o.placed_at, o.source, o.state, o.currency, o.subtotal, o.shipping, o.tax, o.total,
    o.gift_card, o.points_paid, o.refunded, o.paid_at, o.created_at,
    CASE WHEN o.placed_at >= %(since)s OR o.refunded <> 0 THEN o.lines::text END,
    nullif(o.refunds::text, '{}'), nullif(o.codes::text, '{}'),
    CASE WHEN e.customer_id = o.customer_id THEN e.posted ELSE 0 END,
    e.programme_version_id, nullif(e.facts::text, '{}')
FROM customers_order o LEFT JOIN loyalty_orderearning e ON e.order_id = o.id
WHERE o.customer_id = ANY (%(ids)s) AND o.placed_at >= %(history)s AND o.placed_at < %(until)s AND NOT o.test
ORDER BY o.customer_id, o.placed_at, o.id
"""
COUNT = """
SELECT count(*), count(customer_id), count(DISTINCT customer_id) FROM customers_order
WHERE placed_at >= %(since)s AND placed_at < %(until)s AND NOT test
"""
ABOUT = "SELECT id, tags FROM customers_customer WHERE id = ANY (%s) AND tags <> '{}'"


@dataclass(slots=True)
class PastOrder:
    """An order as evaluation looks at it, with what it has earned. In the order of the statement's columns."""

    customer_id: int
    pk: int
    placed_at: datetime
    source: str
    state: str
    currency: str
    subtotal: int
    shipping: int
    tax: int
    total: int
    gift_card: int
    points_paid: int
    refunded: int
    paid_at: datetime | None
    created_at: datetime
    lines: Any  # parsed; None of orders before the time that is replayed
    refunds: Any
    codes: Any
    posted: int
    version_id: int | None
    facts: Any  # Facts as JSON, with "frozen" once it had earned
    test: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is replayed, and since when earlier orders matter: for tiers, and for which order is the n-th."""

    since: datetime
    until: datetime
    history: datetime


def counts(span: Span) -> tuple[int, int, int]:
    """How many orders in that time, how many of them by members, and by how many members."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"since": span.since, "until": span.until})
        row = cursor.fetchone()
    return row[0], row[1], row[2]


def members_after(after: int) -> list[int]:
    """The next page of customers; empty after the last."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"after": after, "members": MEMBERS})
        return [member for (member,) in cursor.fetchall()]


def orders_of(members: Sequence[int], span: Span) -> Iterator[PastOrder]:
    """Their orders: member by member, each member's oldest first."""
    values: dict[str, Any] = {"ids": list(members), "since": span.since, "until": span.until, "history": span.history}
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, values)
        rows = cursor.fetchall()
    loads = orjson.loads
    for row in rows:
        order = PastOrder(*row)
        order.lines = loads(order.lines) if order.lines else []
        order.refunds = loads(order.refunds) if order.refunds else {}
        order.codes = loads(order.codes) if order.codes else {}
        order.facts = loads(order.facts) if order.facts else None
        yield order


def tags_of(members: Sequence[int]) -> dict[int, frozenset[str]]:
    """Staff's tags of these members as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(ABOUT, [list(members)])
        return {member: frozenset(tags) for member, tags in cursor.fetchall()}
