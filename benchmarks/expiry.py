"""Points of a million lots that expire on one day, among five million: in batches as the alarm does it, each committed.

The limit is one statement that writes the same rows (journals, entries, allocations, lots, balances) for as many other
lots of the same members, under the same guards, and looks nothing up. EXPIRY_MEMBERS sets the size: five lots each.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report

MEMBERS = int(os.environ.get("EXPIRY_MEMBERS", "1_000_000"))
LOTS_EACH, POINTS = 5, 100
NOW = datetime(2026, 11, 20, tzinfo=UTC)

# A shop's books as years of trade leave them: for every lot its journal and entries, its notices done. The guards are
# asleep while they are written: the rows are right, and writing them is not what is measured.
BOOKS = """
SET LOCAL session_replication_role = replica;
INSERT INTO customers_customer (id, card_code, name, email, phone, language, created_at, joined_at)
SELECT n, 'B' || lpad(n::text, 11, '0'), '', '', '', '', now(), now() FROM generate_series(1, %(members)s) n;
INSERT INTO loyalty_balance (customer_id, available, earned, version)
SELECT n, %(each)s * %(points)s, %(each)s * %(points)s, %(each)s FROM generate_series(1, %(members)s) n;
INSERT INTO loyalty_journal (id, kind, customer_id, key, fingerprint, actor_kind, actor_name, reason, arithmetic,
    effective_at, recorded_at)
SELECT (e - 1) * %(members)s + n, 'earn', n, 'e' || e || ':' || n, repeat('f', 64), 'system', 'Dangol', '', '{}',
    %(at)s::timestamptz - make_interval(years => 3), %(at)s::timestamptz - make_interval(years => 3)
FROM generate_series(1, %(each)s) e, generate_series(1, %(members)s) n;
INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
SELECT (e - 1) * %(members)s + n, 'issued', NULL, -%(points)s, NULL, NULL
FROM generate_series(1, %(each)s) e, generate_series(1, %(members)s) n
UNION ALL
SELECT (e - 1) * %(members)s + n, 'available', n, %(points)s, e * %(points)s, e
FROM generate_series(1, %(each)s) e, generate_series(1, %(members)s) n;
INSERT INTO loyalty_lot (id, customer_id, journal_id, state, points, remaining, expires_at, may_expire_at,
    notices_planned)
SELECT (e - 1) * %(members)s + n, n, (e - 1) * %(members)s + n, 'active', %(points)s, %(points)s,
    %(at)s::timestamptz + make_interval(days => e * 30),
    CASE WHEN e <= 2 THEN %(at)s::timestamptz + make_interval(days => e * 30) END, e <= 2
FROM generate_series(1, %(each)s) e, generate_series(1, %(members)s) n;
SELECT setval(pg_get_serial_sequence('loyalty_journal', 'id'), %(each)s * %(members)s);
SELECT setval(pg_get_serial_sequence('loyalty_lot', 'id'), %(each)s * %(members)s);
SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %(members)s);
"""

SAME_ROWS = """
WITH journal AS (
    INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_name, reason, arithmetic,
        effective_at, recorded_at)
    SELECT 'expire', customer_id, 'limit:' || id, '', 'system', '', '', '{}', may_expire_at, may_expire_at
    FROM loyalty_lot WHERE may_expire_at = %(due)s
    RETURNING id, customer_id
), lots AS (
    UPDATE loyalty_lot SET remaining = 0 WHERE may_expire_at = %(due)s RETURNING id, customer_id
), allocations AS (
    INSERT INTO loyalty_allocation (journal_id, lot_id, points)
    SELECT journal.id, lots.id, -%(points)s FROM journal JOIN lots USING (customer_id)
), balances AS (
    UPDATE loyalty_balance b SET available = available - %(points)s, version = version + 1
    FROM journal WHERE b.customer_id = journal.customer_id RETURNING b.customer_id, available, version
)
INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
SELECT id, 'expired', NULL, %(points)s, NULL, NULL FROM journal
UNION ALL
SELECT id, 'available', customer_id, -%(points)s, available, version FROM journal JOIN balances USING (customer_id)
"""


def main() -> None:
    with scratch_database():
        from django_tenants.utils import tenant_context

        from tenants.provisioning import provision

        shop = provision(
            name="Expiry", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=NOW
        )  # fmt: skip
        with tenant_context(shop):
            write_books()
            started = cpu_of_backend()
            limit = seconds(by_one_statement)
            backend, between = memory_of_backend(), cpu_of_backend()
            value = seconds(by_the_alarm)
            report(
                "expiry", value, "s", limit, lots=MEMBERS, among=MEMBERS * LOTS_EACH, per_second=round(MEMBERS / value),
                megabytes=own_memory(), database_megabytes=memory_of_backend(), database_megabytes_before=backend,
                database_cpu=round(cpu_of_backend() - between, 1), limit_cpu=round(between - started, 1),
            )  # fmt: skip


def write_books() -> None:
    """The shop's members and lots; analysed, as autovacuum would have."""
    from django.db import connection, transaction

    told: dict[str, Any] = {"members": MEMBERS, "each": LOTS_EACH, "points": POINTS, "at": NOW}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in BOOKS.split(";\n"):
            if statement.strip():
                cursor.execute(statement, told if "%(" in statement else None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE loyalty_lot, loyalty_balance, loyalty_journal, loyalty_entry")
        cursor.execute("CHECKPOINT")


def by_one_statement() -> None:
    """The limit: what is due on the first day."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SAME_ROWS, {"due": NOW + timedelta(days=30), "points": POINTS})


def by_the_alarm() -> None:
    """What is due on the second day, batch by batch as loyalty/settling.py does it."""
    from loyalty import ledger, notices
    from loyalty.models import Lot

    at = NOW + timedelta(days=60)
    expired = 0
    while taken := ledger.expire(at=at, limit=notices.LOTS):
        expired += taken
    assert expired == MEMBERS, expired
    assert not Lot.objects.filter(may_expire_at__lte=at, remaining__gt=0).exists()


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def own_memory() -> int:
    """The most that this process ever held, in megabytes."""
    return _megabytes(Path("/proc/self/status"), "VmHWM")


def memory_of_backend() -> int | None:
    """What the database's process holds for us alone now, in megabytes; None when it runs elsewhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        status = Path(f"/proc/{cursor.fetchone()[0]}/status")
    return _megabytes(status, "RssAnon") if status.exists() else None


def cpu_of_backend() -> float:
    """Seconds that the database's process has computed for us; 0 when it runs elsewhere. Other load does not count."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(status: Path, line: str) -> int:
    found = re.search(rf"{line}:\s+(\d+) kB", status.read_text())
    return int(found[1]) // 1024 if found else 0


if __name__ == "__main__":
    main()
