"""Orders a second, from inbox to ledger, in a shop that has stored a million, beside one that has stored 10,000.

Both shops are worked on in turns, batch by batch, so that whatever else this machine does troubles both alike. The
large one is the small one many times over, with everything an order leaves behind: people, events, ledger and
deliveries, whose bodies are cut short.

STORED (200,000) says how many the large shop has; STORED=1000000 is the full size.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._shopify import fill_inbox, found_shop
from benchmarks.orders import MAKE_READY, TABLES, columns_of

SMALL = 10_000
STORED = int(os.environ.get("STORED", "200000"))
BATCHES = 8  # that both shops get while the clock runs
BUYERS = 2_000
APART = 10_000_000  # between the ids of one copy and the next
SHIFTED = {"id", "customer_id", "order_id", "journal_id", "lot_id", "subject_id"}
# What must differ from copy to copy. The first copy keeps its names, so that known buyers buy again in both shops.
NAMED = {
    "card_code": "left(md5(card_code || copy), 12)", "value": "value || '-' || copy", "email": "email || '-' || copy",
    "external_id": "external_id || '-' || copy", "key": "key || '-' || copy", "subject": "subject || '-' || copy",
    "body": "substr(body, 1, 100)",
}  # fmt: skip


def main() -> None:
    now = datetime.now(UTC)
    with scratch_database():
        from storefront.claiming import BATCH

        more = BATCHES * BATCH
        small, large = found_shop("Small", now), found_shop("Large", now)
        deliver(*small, range(SMALL), now)
        while turn(small[0]):
            pass
        multiply(small[0].schema_name, large[0].schema_name, STORED // SMALL)
        for shop in (small, large):
            deliver(*shop, range(SMALL, SMALL + more), now)
        seconds = {id(shop): 0.0 for shop, _store in (small, large)}
        for _batch in range(BATCHES):
            for shop, _store in (small, large):
                seconds[id(shop)] += timed_turn(shop)
    value, limit = (more / seconds[id(shop)] for shop, _store in (large, small))
    report("orders_growth", value, "orders/s", limit, stored=STORED)


def deliver(shop: Any, store: Any, numbers: range, at: datetime) -> None:
    """Orders of the last minute into the inbox; the large shop's store is a copy of the small one's."""
    from django_tenants.utils import tenant_context

    from storefront.models import Store

    with tenant_context(shop):
        fill_inbox(Store.objects.get(), numbers, buyers=BUYERS, at=at - timedelta(minutes=1))


def turn(shop: Any) -> bool:
    """One batch; whether there was one."""
    from django.utils import timezone

    from tenants.alarms import run_due

    return run_due(shop.schema_name, "inbox", at=timezone.now())


def timed_turn(shop: Any) -> float:
    """Seconds of one batch."""
    start = time.perf_counter()
    assert turn(shop)
    return time.perf_counter() - start


def multiply(source: str, target: str, copies: int) -> None:
    """Fill the target with so many copies of the source."""
    from django.db import connection, transaction
    from django_tenants.utils import schema_context

    with schema_context(target), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE_READY)
        cursor.execute("SET LOCAL session_replication_role = replica")  # the copies need no checks
        for table in ["loyalty_programmeversion", "storefront_store"]:
            copy_rows(cursor, table, source, 1)
        for table in [*TABLES, "storefront_delivery"]:
            copy_rows(cursor, table, source, copies)
    with schema_context(target), connection.cursor() as cursor:
        for table in [*TABLES, "storefront_delivery"]:
            cursor.execute(f"ANALYZE {table}")


def copy_rows(cursor: Any, table: str, source: str, copies: int) -> None:
    """All rows of the source's table so many times, each with ids and names of its own."""
    columns = columns_of(cursor, table, source)
    values = ", ".join(_value(column) for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"  # noqa: S608
        f" SELECT {values} FROM {source}.{table}, generate_series(0, {copies - 1}) AS copy"
    )
    if "id" in columns:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def _value(column: str) -> str:
    if column in SHIFTED:
        return f"{column} + copy * {APART}::bigint"
    if column in NAMED:
        return f"CASE copy WHEN 0 THEN {column} ELSE {NAMED[column]} END"
    return column


if __name__ == "__main__":
    main()
