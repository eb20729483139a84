"""One row into the inbox, the alarm, and what was there before: one statement, one round trip, durable when it answers.

This does not go through Django's cursor: that would first set the search path, ask whether the connection still lives,
and write the body as hexadecimal text into the statement. The table is named with its schema instead, the body goes as
it is, and a connection that was lost is found by the insert itself, which then is tried once more on a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg import sql

from config.prepared import row_of
from storefront.models import Delivery, Store
from tenants.alarms import AT_ONCE, send

ALARM = "inbox"
# `rang` is null when nothing was to be rung; the earlier row is missing when it was written since this began. It is
# only looked for when there is one: a plan made while the table was small would read all of it each time.
KEEP = """
WITH kept AS (
    INSERT INTO {table} (store_id, key, topic, subject, headers, body, body_sha256, received_at, state, next_try_at,
                         reason, errors, attempts)
    VALUES (%(store)s, %(key)s, %(topic)s, %(subject)s, %(headers)s, %(body)b, %(digest)b, %(received_at)s, %(state)s,
            %(next_try_at)s, %(reason)s, %(errors)s, 0)
    ON CONFLICT (store_id, key) DO NOTHING RETURNING id, next_try_at
), rung AS (
    SELECT public.ring_alarm({schema}, {alarm}, {at_once}) AS newly FROM kept WHERE next_try_at IS NOT NULL
)
SELECT kept.id, (SELECT newly FROM rung), CASE WHEN kept.id IS NULL THEN (
    SELECT id FROM {table} WHERE store_id = %(store)s AND key = %(key)s
) END
FROM (VALUES (1)) AS one LEFT JOIN kept ON true
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the delivery lies now. `is_new` is false when the store had one under this key before."""

    id: int
    is_new: bool


@dataclass(slots=True)
class Arrived:
    """A delivery on its way into the inbox: what its row will hold. A model's object takes several times as long."""

    store: Store
    key: str
    headers: dict[str, str]
    body: bytes
    digest: bytes  # SHA-256 of the body
    received_at: datetime
    topic: str = ""
    subject: str = ""
    state: str = Delivery.State.NEW.value
    next_try_at: datetime | None = None
    reason: str = ""
    errors: Sequence[dict[str, Any]] = ()


def keep(delivery: Arrived) -> Kept:
    """Keep it, unless its key is known, and ring when it waits to be worked on: both become visible together."""
    new, rang, earlier = _once_more_when_lost(_values(delivery))
    if rang:
        schema_name = connection.schema_name
        transaction.on_commit(lambda: send(schema_name, ALARM), robust=True)
    if new is not None:
        return Kept(new, is_new=True)
    if earlier is None:
        earlier = Delivery.objects.values_list("pk", flat=True).get(store=delivery.store, key=delivery.key)
    return Kept(earlier, is_new=False)


def _values(delivery: Arrived) -> dict[str, Any]:
    return {
        "store": delivery.store.pk, "key": delivery.key, "topic": delivery.topic, "subject": delivery.subject,
        "headers": orjson.dumps(delivery.headers).decode(), "body": delivery.body, "digest": delivery.digest,
        "received_at": delivery.received_at, "state": delivery.state, "next_try_at": delivery.next_try_at,
        "reason": delivery.reason, "errors": orjson.dumps(delivery.errors).decode(),
    }  # fmt: skip


def _once_more_when_lost(values: dict[str, Any]) -> tuple[int | None, bool | None, int | None]:
    """Harmless if the first try was kept after all: the second finds it under its key."""
    try:
        return _execute(values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _execute(values)


def _execute(values: dict[str, Any]) -> tuple[int | None, bool | None, int | None]:
    connection.ensure_connection()
    new, rang, earlier = row_of(connection.connection, _statement(connection.schema_name), values)
    return new, rang, earlier


@lru_cache(maxsize=10_000)
def _statement(schema_name: str) -> bytes:
    statement = sql.SQL(KEEP).format(
        table=sql.Identifier(schema_name, Delivery._meta.db_table),
        schema=sql.Literal(schema_name),
        alarm=sql.Literal(ALARM),
        at_once=sql.Literal(AT_ONCE),
    )
    return statement.as_bytes(None)
