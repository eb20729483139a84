"""A member's journals as the member sees them, newest first, each with the balance it left."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from loyalty.explaining import outcome
from loyalty.models import Journal


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One journal as its member sees it.

    `points` is the change of what the member has: available and pending, less what is owed. A hold takes away, a void
    gives back. It is 0 where points only moved: matured, or used after they had been set aside; `moved` tells how many.
    """

    journal_id: int  # the last line's leads on: history(…, before=journal_id)
    kind: str
    label: str  # of the kind, in the active language
    points: int
    moved: int
    changes: dict[str, int]  # by account: available, pending, held, debt (negative: owed)
    reason: str
    arithmetic: dict[str, Any]  # for explaining.explain
    order_id: int | None
    order_number: str
    actor_kind: str
    actor_name: str
    at: datetime  # when it happened
    recorded_at: datetime
    balance_after: int  # available less owed
    pending_after: int
    resolves_id: int | None
    resolved: bool  # a hold that was captured or voided, or a journal that was undone
    reversible: bool  # by ledger.reverse
    matures_at: datetime | None  # of the lot that this journal made; of several the first
    expires_at: datetime | None


# One page of journals, and what each account held after the newest of them; of some kinds only, after each of them.
PAGE = """
WITH page AS MATERIALIZED (
    SELECT * FROM loyalty_journal WHERE customer_id = %(customer)s AND id < coalesce(%(before)s, 9223372036854775807)
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
    ORDER BY id DESC LIMIT %(limit)s
), after AS (
    SELECT newest.id, jsonb_object_agg(account, coalesce((
        SELECT balance_after FROM loyalty_entry e
        WHERE e.customer_id = %(customer)s AND e.account = asked.account AND e.journal_id <= newest.id
        ORDER BY version DESC LIMIT 1
    ), 0)) AS after
    FROM page newest CROSS JOIN (VALUES ('available'), ('pending'), ('held'), ('debt')) AS asked (account)
    WHERE %(kinds)s::text[] IS NOT NULL OR newest.id = (SELECT max(id) FROM page)
    GROUP BY newest.id
)
SELECT j.id, j.kind, j.reason, j.arithmetic, j.order_id, coalesce(o.number, ''), j.actor_kind, j.actor_name,
    j.effective_at, j.recorded_at, j.resolves_id,
    EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id), l.matures_at, l.expires_at,
    (SELECT jsonb_object_agg(account, points) FROM loyalty_entry WHERE journal_id = j.id AND customer_id IS NOT NULL),
    after.after
FROM page j LEFT JOIN after ON after.id = j.id
LEFT JOIN customers_order o ON o.id = j.order_id
LEFT JOIN LATERAL (
    SELECT min(matures_at) AS matures_at, min(expires_at) AS expires_at FROM loyalty_lot WHERE journal_id = j.id
) l ON true
ORDER BY j.id DESC
"""


def history(
    customer_id: int, *, before: int | None = None, limit: int = 30, kinds: Collection[str] | None = None
) -> list[HistoryLine]:
    """The member's journals, newest first; `before` is the journal of the last line read. One query.

    `kinds`: only journals of these kinds.
    """
    wanted = list(kinds) if kinds is not None else None
    with connection.cursor() as cursor:
        cursor.execute(PAGE, {"customer": customer_id, "before": before, "limit": limit, "kinds": wanted})
        rows = cursor.fetchall()
    after: dict[str, int] = {}
    lines = []
    for row in rows:
        after = json.loads(row[-1]) if row[-1] else after
        line = _line(row, after)
        lines.append(line)
        after = {account: points - line.changes.get(account, 0) for account, points in after.items()}
    return lines


def _line(row: tuple[Any, ...], after: dict[str, int]) -> HistoryLine:
    (journal_id, kind, reason, arithmetic, order_id, number, actor_kind, actor_name, at, recorded_at, resolves_id,
     resolved, matures_at, expires_at, changed, _) = row  # fmt: skip
    changes: dict[str, int] = json.loads(changed or "{}")
    points = sum(change for account, change in changes.items() if account != "held")
    return HistoryLine(
        journal_id=journal_id,
        kind=kind,
        label=str(Journal.Kind(kind).label),
        points=points,
        moved=0 if points else max((abs(change) for change in changes.values()), default=0),
        changes=changes,
        reason=outcome(reason),
        arithmetic=json.loads(arithmetic),
        order_id=order_id,
        order_number=number,
        actor_kind=actor_kind,
        actor_name=actor_name,
        at=at,
        recorded_at=recorded_at,
        balance_after=after["available"] + after["debt"],
        pending_after=after["pending"],
        resolves_id=resolves_id,
        resolved=resolved,
        reversible=not resolved and is_reversible(kind, order_id),
        matures_at=matures_at,
        expires_at=expires_at,
    )


def is_reversible(kind: str, order_id: int | None) -> bool:
    """Whether people may undo such a journal: what an order earned follows the order instead."""
    return kind in (Journal.Kind.ADJUST, Journal.Kind.CAPTURE) or (kind == Journal.Kind.EARN and order_id is None)
