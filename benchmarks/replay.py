"""Seconds to replay 100,000 past orders of 10,000 members by a draft with twenty rules and tiers, asking to result.

The limit is rule evaluation alone, of the same orders with what is known of some member, in CPU seconds. `cpu` tells
how much of the value this process worked; the rest is the database's part, and waiting.

ORDERS (100,000) says how many.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._shopify import found_shop

ORDERS = int(os.environ.get("ORDERS", "100000"))
MEMBERS = ORDERS // 10
# As if every order had earned by the basic rule.
EARNED = """
INSERT INTO loyalty_orderearning
    (order_id, customer_id, programme_version_id, posted, postings, outcome, arithmetic, facts)
SELECT id, customer_id, (SELECT id FROM loyalty_programmeversion), greatest(subtotal - refunded, 0) / 100, 1,
    'earned', '{}', '{}' FROM customers_order
"""


def main() -> None:
    at = datetime.now(UTC)
    with scratch_database():
        from django_tenants.utils import tenant_context

        shop, _store = found_shop("Replayed", at)
        with tenant_context(shop):
            fill(at)
            wall, cpu = replayed(shop, at)
            limit = evaluated()
    report("replay", wall, "s", limit, orders=ORDERS, cpu=round(cpu, 2))


def fill(at: datetime) -> None:
    """Members with orders all over the last year, and a draft."""
    from django.db import connection

    from benchmarks.earning import twenty_rules
    from config.copying import insert
    from customers.models import Customer
    from loyalty import drafts
    from staff.actors import SYSTEM

    people = [Customer(card_code=f"R{n:011}", created_at=at, joined_at=at) for n in range(MEMBERS)]
    insert(people)
    members = list(Customer.objects.order_by("id").values_list("id", flat=True))
    for page in pages(members, at):
        insert(page)
    with connection.cursor() as cursor:
        cursor.execute(EARNED)
        for table in ("customers_customer", "customers_order", "loyalty_orderearning"):
            cursor.execute(f"ANALYZE {table}")
    drafts.save(twenty_rules().to_json(), revision=0, actor=SYSTEM, at=at)


def pages(members: list[int], at: datetime, size: int = 5_000) -> Iterator[list[Any]]:
    """The orders, some thousand at a time."""
    from benchmarks.earning import order

    chance = random.Random(11)
    for start in range(0, ORDERS, size):
        page = [order(number, chance) for number in range(start, min(start + size, ORDERS))]
        for number, one in enumerate(page, start):
            placed = at - timedelta(minutes=chance.randrange(1, 364 * 24 * 60))
            one.pk, one.external_id, one.customer_id = None, f"o{number}", members[number % MEMBERS]
            one.placed_at = one.paid_at = one.created_at = one.changed_at = placed
        yield page


def replayed(shop: Any, at: datetime) -> tuple[float, float]:
    """Seconds by the clock, and of this process's CPU, until the result stands with the draft."""
    from loyalty import replaying
    from loyalty.models import Draft
    from staff.actors import SYSTEM
    from tenants.alarms import drain

    began, worked = time.perf_counter(), time.process_time()
    replaying.ask(365, actor=SYSTEM, at=at)
    drain(shop, at)
    seconds = time.perf_counter() - began, time.process_time() - worked
    result = Draft.objects.get().replay_result
    assert result["sums"]["orders"] == ORDERS, result["sums"]
    return seconds


def evaluated() -> float:
    """CPU seconds of evaluating the same orders one after another."""
    from benchmarks.earning import SEOUL, facts, twenty_rules
    from customers.models import Order
    from loyalty.evaluation import evaluate

    rules, known, seconds = twenty_rules(), [facts(random.Random(n)) for n in range(1000)], 0.0
    orders = Order.objects.order_by("id").iterator(chunk_size=5_000)
    page: list[Order] = []
    for order in orders:
        page.append(order)
        if len(page) == 5_000:
            seconds += _timed(page, rules, known, evaluate, SEOUL)
            page = []
    return seconds + _timed(page, rules, known, evaluate, SEOUL)


def _timed(page: list[Any], rules: Any, known: list[Any], evaluate: Any, zone: Any) -> float:
    began = time.process_time()
    for number, order in enumerate(page):
        evaluate(order, rules, known[number % 1000], zone)
    return time.process_time() - began


if __name__ == "__main__":
    main()
