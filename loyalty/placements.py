"""Where each member stands by a plan, as SQL over the facts as they are now: one statement for one member or for all.

A fact is a dated amount: the money of an order, its points, a visit. Taken-back parts are off the fact they belong to,
so the answer depends on what is true and not on when it arrived. From facts come candidates: a value of the metric and
until when it carries a tier. A member's tier is the highest that a candidate still carries: docs/tiers.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.tier_rules import TierPlan

# Refunds that took place, in the order's own currency: as customers.orders.counting_refunds.
REFUNDS = (
    "jsonb_each(o.refunds) AS r (id, refund)"
    " WHERE NOT (refund ->> 'cancelled')::boolean AND refund ->> 'currency' = o.currency"
)
# The money of an order that counts, less what was given back of it: as earning.counted, by the rules in force.
MONEY = f"""
    o.subtotal + CASE WHEN %(count_tax)s THEN o.tax ELSE 0 END + CASE WHEN %(count_shipping)s THEN o.shipping ELSE 0 END
    - CASE WHEN %(count_gift_cards)s THEN 0 ELSE o.gift_card END
    - CASE WHEN %(count_points_paid)s THEN 0 ELSE o.points_paid END
    - CASE WHEN o.refunded = 0 THEN 0 ELSE (
        SELECT coalesce(sum((refund ->> 'subtotal')::bigint
            + CASE WHEN %(count_tax)s THEN (refund ->> 'tax')::bigint ELSE 0 END
            + CASE WHEN %(count_shipping)s THEN (refund ->> 'shipping')::bigint ELSE 0 END), 0)
        FROM {REFUNDS}) END
    + CASE WHEN o.refunded = 0 OR o.gift_card = 0 OR %(count_gift_cards)s THEN 0 ELSE (
        SELECT coalesce(sum((SELECT sum((given ->> 'amount')::bigint)
            FROM jsonb_array_elements(refund -> 'lines') given WHERE given ->> 'line_id' IN (
                SELECT line ->> 'external_id' FROM jsonb_array_elements(o.lines) line
                WHERE (line ->> 'gift_card')::boolean))), 0)
        FROM {REFUNDS}) END"""  # noqa: S608  our own text
# Orders that stand: paid, and not given back as a whole.
STANDING_ORDERS = """
    FROM asked JOIN customers_order o ON o.customer_id = asked.customer_id
    CROSS JOIN LATERAL (SELECT least(coalesce(o.placed_at, o.paid_at), %(at)s) AT TIME ZONE %(zone)s AS local) dated
    WHERE o.state = 'paid' AND NOT o.test AND NOT (0 < o.total AND o.total <= o.refunded)
        AND coalesce(o.placed_at, o.paid_at) >= {since}"""
# The member's own rows and those of accounts that became part of it.
OWN = """
    SELECT customer_id, customer_id AS source FROM asked UNION ALL
    SELECT asked.customer_id, e.subject_id FROM asked
    JOIN customers_event e ON e.customer_id = asked.customer_id AND e.kind = 'customer.merged'"""
LOCAL = "least({moment}, %(at)s) AT TIME ZONE %(zone)s"
FACTS = {
    "spend": f"""
        SELECT o.customer_id, local, {MONEY} AS amount {STANDING_ORDERS} AND o.currency = %(currency)s""",
    "orders": f"SELECT o.customer_id, local, 1 AS amount {STANDING_ORDERS}",
    # A day on which the member ordered, checked in or got a stamp for a visit.
    "visits": f"""
        SELECT DISTINCT customer_id, date_trunc('day', local) AS local, 1 AS amount FROM (
            SELECT o.customer_id, local {STANDING_ORDERS}
            UNION ALL SELECT asked.customer_id, {LOCAL.format(moment="e.at")} FROM asked
            JOIN customers_event e ON e.customer_id = asked.customer_id AND e.kind = 'customer.visited'
            UNION ALL SELECT own.customer_id, {LOCAL.format(moment="s.at")} FROM ({OWN}) own
            JOIN loyalty_stamp s ON s.customer_id = own.source AND s.reason = 'visit'
            WHERE NOT EXISTS (SELECT FROM loyalty_stamp u WHERE u.key = s.key || ':undone')
        ) visit""",  # noqa: S608
    # What orders have earned by now, and what occasions earned that was not undone. No adjustments, no gifts of tiers.
    "points": f"""
        SELECT o.customer_id, local, e.posted AS amount
        FROM asked JOIN customers_order o ON o.customer_id = asked.customer_id
        JOIN loyalty_orderearning e ON e.order_id = o.id
        CROSS JOIN LATERAL (SELECT {LOCAL.format(moment="coalesce(o.placed_at, o.paid_at)")} AS local) dated
        WHERE coalesce(o.placed_at, o.paid_at) >= {{since}}
        UNION ALL
        SELECT own.customer_id, {LOCAL.format(moment="j.effective_at")}, -issued.points FROM ({OWN}) own
        JOIN loyalty_journal j ON j.customer_id = own.source AND j.kind = 'earn' AND j.order_id IS NULL
            AND NOT starts_with(j.key, 'tier:')
        JOIN loyalty_entry issued ON issued.journal_id = j.id AND issued.account = 'issued'
        WHERE NOT EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id)""",  # noqa: S608
}
NOW_LOCAL = "(%(at)s AT TIME ZONE %(zone)s)"
# From when on facts can matter at all, a little generously: months have different lengths.
SINCE = {
    "lifetime": "'-infinity'",
    "calendar_year": f"(date_trunc('year', {NOW_LOCAL}) - interval '2 years') AT TIME ZONE %(zone)s",
    "rolling": f"({NOW_LOCAL} - make_interval(months => 2 * %(months)s, days => %(grace)s + 5)) AT TIME ZONE %(zone)s",
}
# What carries a tier, and until when.
CANDIDATES = {
    "lifetime": "SELECT customer_id, sum(amount) AS value, timestamptz 'infinity' AS until FROM fact GROUP BY 1",
    "calendar_year": """
        SELECT customer_id, sum(amount) AS value, (date_trunc('year', local)
            + make_interval(years => 2, days => %(grace)s)) AT TIME ZONE %(zone)s AS until
        FROM fact GROUP BY customer_id, date_trunc('year', local)""",
    "rolling": """
        SELECT customer_id, sum(amount) OVER (PARTITION BY customer_id ORDER BY local
                RANGE BETWEEN make_interval(months => %(months)s) PRECEDING AND CURRENT ROW) AS value,
            (local + make_interval(months => %(months)s, days => %(grace)s)) AT TIME ZONE %(zone)s AS until
        FROM fact""",
}
# The present window, whose value people are shown.
PRESENT = {
    "lifetime": "true",
    "calendar_year": f"local >= date_trunc('year', {NOW_LOCAL})",
    "rolling": f"local >= {NOW_LOCAL} - make_interval(months => %(months)s)",
}
# Whom it is about. Who was merged into another or erased is on no tier.
SOME = "c.id = ANY (%(customers)s)"
PAGE = "c.id > %(above)s AND c.id <= %(upto)s"
ALL = "true"
PLACED = """
WITH asked AS MATERIALIZED (
    SELECT c.id AS customer_id, c.joined_at IS NOT NULL AS joined FROM customers_customer c
    WHERE {whom} AND c.merged_into_id IS NULL AND c.erased_at IS NULL
), fact AS MATERIALIZED (
    SELECT customer_id, local, amount FROM ({facts}) f WHERE amount > 0
), candidate AS (
    {candidates}
    UNION ALL SELECT customer_id, 0, 'infinity' FROM asked WHERE joined
), tier AS (
    SELECT * FROM unnest(%(keys)s::text[], %(thresholds)s::bigint[]) WITH ORDINALITY AS tier (key, threshold, place)
), placed AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id) customer_id, key, place, nullif(until, 'infinity') AS until FROM (
        SELECT customer_id, key, place, max(until) AS until FROM candidate JOIN tier ON value >= threshold
        WHERE until > %(at)s GROUP BY customer_id, key, place
    ) carried ORDER BY customer_id, place DESC
)
"""
# Members whose row says something else than their facts do.
DIFFERING = """
SELECT c.id, coalesce(placed.key, ''), placed.until, coalesce(b.tier, ''),
    c.merged_into_id IS NULL AND c.erased_at IS NULL
FROM customers_customer c
LEFT JOIN placed ON placed.customer_id = c.id LEFT JOIN loyalty_balance b ON b.customer_id = c.id
WHERE {whom} AND (coalesce(placed.key, ''), placed.until) IS DISTINCT FROM (coalesce(b.tier, ''), b.tier_until)
ORDER BY c.id
"""
VALUES = """
WITH asked AS MATERIALIZED (SELECT c.id AS customer_id FROM customers_customer c WHERE {whom}),
fact AS (SELECT customer_id, local, amount FROM ({facts}) f WHERE amount > 0)
SELECT customer_id, sum(amount)::bigint FROM fact WHERE {present} GROUP BY customer_id
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A member whose tier or its end is not what it should be."""

    customer_id: int
    tier: str  # key of the tier that is theirs; empty: none
    until: datetime | None
    had: str  # the one that is written
    present: bool  # False: merged into another or erased, which is told to nobody


def differing(plan: TierPlan, rules: Rules, *, at: datetime, **whom: Any) -> list[Placed]:
    """The members, of those asked (`customers`, or `above` and `upto`), whose row is to be changed."""
    scope = _scope(whom)
    with placing_rows(DIFFERING.format(whom=scope), plan, rules, at=at, scope=scope, **whom) as rows:
        return [Placed(*row) for row in rows]


@contextmanager
def placing_rows(
    question: str, plan: TierPlan, rules: Rules, *, at: datetime, scope: str = ALL, **values: Any
) -> Iterator[Any]:
    """A cursor over the answer to a question that reads `placed` (customer_id, key, place, until) and `fact`."""
    sql = PLACED.format(whom=scope, facts=_facts(plan), candidates=CANDIDATES[plan.window]) + question
    tiers: dict[str, Any] = {
        "keys": [tier.key for tier in plan.tiers],
        "thresholds": [tier.threshold for tier in plan.tiers],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, {**_terms(plan, rules, at), **tiers, **values})
        yield cursor


def values(customer_ids: Collection[int], plan: TierPlan, rules: Rules, *, at: datetime) -> dict[int, int]:
    """What each has of the metric in the present window; 0 for who has nothing."""
    sql = VALUES.format(whom=SOME, facts=_facts(plan), present=PRESENT[plan.window])
    with connection.cursor() as cursor:
        cursor.execute(sql, {**_terms(plan, rules, at), "customers": list(customer_ids)})
        found: dict[int, int] = dict(cursor.fetchall())
    return {who: found.get(who, 0) for who in customer_ids}


def _scope(whom: dict[str, Any]) -> str:
    return SOME if "customers" in whom else PAGE


def _facts(plan: TierPlan) -> str:
    return FACTS[plan.metric].format(since=SINCE[plan.window])


def _terms(plan: TierPlan, rules: Rules, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "zone": shop_time_zone().key,
        "months": plan.months,
        "grace": plan.grace_days,
        "currency": rules.currency,
        "count_tax": rules.count_tax,
        "count_shipping": rules.count_shipping,
        "count_gift_cards": rules.count_gift_cards,
        "count_points_paid": rules.count_points_paid,
    }
