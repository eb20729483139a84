"""What rules with a limit have given before: read for a batch in few statements, then kept up as the batch goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db import connection

from loyalty.evaluation import Used

# What rules gave to these members' other orders, and which rules for an n-th order these took.
OF_ORDERS = """
SELECT o.customer_id, coalesce(o.placed_at, o.paid_at, o.created_at), e.arithmetic -> 'rules', e.facts -> 'took'
FROM customers_order o JOIN loyalty_orderearning e ON e.order_id = o.id
WHERE o.customer_id = ANY (%(members)s) AND o.id <> ALL (%(orders)s)
  AND (e.arithmetic ? 'rules' OR e.facts ? 'took')
"""
OF_ORDERS_IN_ALL = """
SELECT rule ->> 'key', sum((rule ->> 'points')::bigint)
FROM loyalty_orderearning e CROSS JOIN jsonb_array_elements(e.arithmetic -> 'rules') rule
WHERE e.arithmetic ? 'limited' AND e.order_id <> ALL (%(orders)s) AND rule ->> 'key' = ANY (%(keys)s)
GROUP BY 1
"""
# What was given for occasions and not undone.
OF_OCCASIONS = """
SELECT j.customer_id, j.effective_at, j.arithmetic ->> 'rule', (j.arithmetic ->> 'result')::bigint
FROM loyalty_journal j
WHERE j.customer_id = ANY (%(members)s) AND j.kind = 'earn' AND j.order_id IS NULL
  AND j.arithmetic ->> 'rule' = ANY (%(keys)s)
  AND NOT EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id)
"""
OF_OCCASIONS_IN_ALL = """
SELECT j.arithmetic ->> 'rule', sum((j.arithmetic ->> 'result')::bigint) FROM loyalty_journal j
WHERE j.arithmetic ? 'limited' AND j.order_id IS NULL AND j.kind = 'earn' AND j.arithmetic ->> 'rule' = ANY (%(keys)s)
  AND NOT EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id)
GROUP BY 1
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/limits', 0))"


@dataclass(frozen=True, slots=True)
class Gift:
    """That a rule gave a member so many points on one day of the shop's."""

    day: str  # ISO date
    points: int


@dataclass(slots=True)
class Usage:
    """What limited rules gave, by member and rule."""

    zone: ZoneInfo
    gifts: dict[tuple[int, str], list[Gift]] = field(default_factory=lambda: defaultdict(list))
    in_all: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def read_orders(self, members: Collection[int], orders: Collection[int], keys: Collection[str]) -> None:
        """What these members' orders got, but for `orders`."""
        values = {"members": list(members), "orders": list(orders)}
        for member, at, rules, took in _rows(OF_ORDERS, values):
            taken = frozenset(orjson.loads(took or "[]"))
            given = {rule["key"]: rule["points"] for rule in orjson.loads(rules or "[]")}
            for key in (given.keys() | taken) & set(keys):
                self.note(member, key, at, given.get(key, 0))

    def read_occasions(self, members: Collection[int], keys: Collection[str]) -> None:
        """What these members got for occasions."""
        for member, at, key, points in _rows(OF_OCCASIONS, {"members": list(members), "keys": list(keys)}):
            self.note(member, key, at, points)

    def read_in_all(self, keys: Collection[str], orders: Collection[int] = ()) -> None:
        """What these rules gave to everybody. Nobody else gives by them until the transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        values = {"keys": list(keys), "orders": list(orders)}
        for sql in (OF_ORDERS_IN_ALL, OF_OCCASIONS_IN_ALL):
            for key, points in _rows(sql, values):
                self.in_all[key] += int(points)

    def note(self, member: int, key: str, at: datetime, points: int) -> None:
        """Another gift."""
        self.gifts[member, key].append(Gift(at.astimezone(self.zone).date().isoformat(), points))

    def learn(self, member: int, at: datetime, by_rule: Mapping[str, int], keys: Collection[str]) -> None:
        """What an order of the same batch was just given."""
        for key in by_rule.keys() & set(keys):
            self.note(member, key, at, by_rule[key])
            self.in_all[key] += by_rule[key]

    def of(self, member: int, at: datetime, keys: Iterable[str]) -> dict[str, Used]:
        """What each of these rules gave so far, as seen on the day of `at`; rules that gave nothing are left out."""
        day = at.astimezone(self.zone).date().isoformat()
        found = {key: self._used(self.gifts.get((member, key), []), day, self.in_all.get(key, 0)) for key in keys}
        return {key: used for key, used in found.items() if used != Used()}

    def _used(self, gifts: list[Gift], day: str, in_all: int) -> Used:
        return Used(
            times=len(gifts),
            times_today=sum(gift.day == day for gift in gifts),
            points_today=sum(gift.points for gift in gifts if gift.day == day),
            points_month=sum(gift.points for gift in gifts if gift.day[:7] == day[:7]),
            points_in_all=in_all,
        )


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
