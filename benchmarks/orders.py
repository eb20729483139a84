"""Orders from the inbox to the ledger, the whole path: read, who is who, order, event, points. One busy shop.

The deliveries lie in the inbox as the hook puts them; one worker works them off batch by batch through the alarm
clock, as Celery would have it do. The limit is the same rows (orders, people, events, ledger, and the deliveries marked
done) written into another shop by one INSERT … SELECT a table, all keys and checks in place. `spread` is the same over
a hundred shops with two workers, `fairness` how many seconds one order of another shop waits behind all of them.

ORDERS (20,000) says how many; ORDERS=100000 is the full size. Processor milliseconds are those of one order.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._shopify import fill_inbox, found_shop

ORDERS = int(os.environ.get("ORDERS", "20000"))
BATCH = 800  # of storefront.claiming, of which the first is worked on while fairness is measured
EACH_BUYS = 5  # orders a buyer
SHOPS = 100
WORKERS = 2
# In the order of their references.
TABLES = [
    "customers_customer", "customers_identity", "customers_order", "customers_event", "loyalty_balance",
    "loyalty_journal", "loyalty_entry", "loyalty_lot", "loyalty_orderearning",
]  # fmt: skip
GIVEN = ["loyalty_programmeversion", "storefront_store", "storefront_delivery"]  # before the clock starts
# Of the shop's own beginnings; the checks are off because versions are append-only.
MAKE_READY = """
SET LOCAL session_replication_role = replica;
DELETE FROM storefront_storesecret;
DELETE FROM storefront_store;
DELETE FROM loyalty_programmeversion;
SET LOCAL session_replication_role = origin
"""
MARK_DONE = """
UPDATE storefront_delivery SET state = 'done', done_at = now(), next_try_at = NULL, attempts = 1,
    order_id = o.id, customer_id = o.customer_id
FROM customers_order o WHERE o.external_id = subject
"""


def main() -> None:
    now = datetime.now(UTC)
    with scratch_database():
        shop, store = found_shop("Busy", now)
        fill(shop, store, ORDERS, now)
        fairness = waited(shop, now)
        seconds, processor = worked_off(shop)
        check(shop, ORDERS)
        limit = ORDERS / by_sql(shop, now)
        spread = spread_out(now) if "--short" not in sys.argv else 0
    report(
        "orders", (ORDERS - BATCH) / seconds, "orders/s", limit, spread=round(spread), orders=ORDERS,
        python_ms=round(processor * 1000 / (ORDERS - BATCH), 3), fairness=round(fairness, 2),
    )  # fmt: skip


def fill(shop: Any, store: Any, number: int, at: datetime) -> None:
    """Orders of the last day in the shop's inbox."""
    from django_tenants.utils import tenant_context

    with tenant_context(shop):
        fill_inbox(store, range(number), buyers=max(1, number // EACH_BUYS), at=at - timedelta(minutes=1))


def worked_off(shop: Any) -> tuple[float, float]:
    """Seconds until the inbox is empty, and seconds of this process's processor time."""
    from django.utils import timezone

    from config import memory
    from tenants.alarms import run_due

    memory.settle()
    start, used = time.perf_counter(), own_seconds()
    while run_due(shop.schema_name, "inbox", at=timezone.now()):
        pass
    return time.perf_counter() - start, own_seconds() - used


def own_seconds() -> float:
    """Processor time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def check(shop: Any, number: int) -> None:
    """All of it arrived in the ledger."""
    from django_tenants.utils import tenant_context

    from loyalty.models import OrderEarning
    from storefront.models import Delivery

    with tenant_context(shop):
        assert not Delivery.objects.exclude(state="done").exists()
        assert OrderEarning.objects.filter(outcome="earned").count() == number


def by_sql(shop: Any, at: datetime) -> float:
    """Seconds to write the same rows into another shop."""
    from django.db import connection, transaction
    from django_tenants.utils import schema_context

    other, _store = found_shop("Limit", at)
    schema = other.schema_name
    with schema_context(schema), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE_READY)
        for table in GIVEN:
            copy_rows(cursor, table, shop.schema_name)
        cursor.execute("UPDATE storefront_delivery SET state = 'new', done_at = NULL, next_try_at = received_at")
    start = time.perf_counter()
    with schema_context(schema), transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            copy_rows(cursor, table, shop.schema_name)
        cursor.execute(MARK_DONE)
    return time.perf_counter() - start


def columns_of(cursor: Any, table: str, schema: str) -> list[str]:
    """The columns that rows are written with."""
    cursor.execute(
        "SELECT quote_ident(column_name) FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER'",
        [schema, table],
    )
    return [name for (name,) in cursor.fetchall()]


def copy_rows(cursor: Any, table: str, source: str) -> None:
    """All rows of another schema's table into ours."""
    columns = ", ".join(columns_of(cursor, table, source))
    copied = f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {source}.{table}"  # noqa: S608
    cursor.execute(copied)


def waited(busy: Any, at: datetime) -> float:
    """Seconds until an order of a second shop is done that comes just as the one worker begins a batch of the first."""
    from collections import deque

    from tenants.alarms import run_due

    small, store = found_shop("Small", at)
    queue = deque([busy.schema_name])
    taken = queue.popleft()
    fill(small, store, 1, at)
    start = time.perf_counter()
    queue.append(small.schema_name)  # what its commit sends
    while taken != small.schema_name:
        if run_due(taken, "inbox", at=datetime.now(UTC)):
            queue.append(taken)
        taken = queue.popleft()
    assert run_due(taken, "inbox", at=datetime.now(UTC))
    return time.perf_counter() - start


def spread_out(at: datetime) -> float:
    """Orders a second when as many lie in a hundred shops and two workers take the shops in turns."""
    shops = [found_shop(f"Shop {n}", at) for n in range(SHOPS)]
    for shop, store in shops:
        fill(shop, store, ORDERS // SHOPS, at)
    names = [shop.schema_name for shop, _store in shops]
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(WORKERS + 1)
    workers = [context.Process(target=work, args=(names[n::WORKERS], begin)) for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    begin.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    return ORDERS / (time.perf_counter() - start)


def work(schemas: list[str], begin: Any) -> None:
    """What one worker does: a batch of each shop in turn until nothing is due."""
    import django

    django.setup()
    from django.utils import timezone

    from config import memory
    from tenants.alarms import run_due

    memory.settle()
    begin.wait()
    while schemas:
        schemas = [name for name in schemas if run_due(name, "inbox", at=timezone.now())]


if __name__ == "__main__":
    main()
