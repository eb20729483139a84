"""The list of members, a member's page and the portal's home in a shop of a million members, beside one of 10,000.

Under production's settings, by Granian with two workers of two threads; both shops are asked in turns at the same fixed
rate, so that whatever else this machine does troubles both alike. Every member has two orders with their points; tiers,
tags and consents are as shops have them. The list is asked for in several orders and by several filters; not by a piece
of a name, which finds more of them the more there are. `value` and `limit` are the p99 in ms of the page that grows
most.

MEMBERS (1,000,000) and FEW (10,000) are the sizes; TURNS (8) how often each page is asked for, 6 seconds each.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import _steady
from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._server import server
from benchmarks._steady import Page, percentile
from benchmarks.portal_home import SETTINGS

MEMBERS = int(os.environ.get("MEMBERS", "1000000"))
FEW = int(os.environ.get("FEW", "10000"))
TURNS = int(os.environ.get("TURNS", "8"))
RATE, SECONDS = 4, 6.0  # a page costs staff more than a shopper: neither may queue
LIST = "/backoffice/customers/"
LISTS = (
    "?view=all", "?sort=points", "?sort=last_order", "?sort=spent", "?tier=gold", "?tag=VIP", "?ordered=60-90",
    "?sort=name",
)  # fmt: skip
# What a table needs that the fill does not name.
NEUTRAL = {
    "character varying": "''", "text": "''", "bigint": "0", "integer": "0", "smallint": "0", "boolean": "false",
    "jsonb": "'{}'", "timestamp with time zone": "now()",
}  # fmt: skip
NEEDED = """
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND is_nullable = 'NO' AND column_default IS NULL
    AND is_identity = 'NO'
"""
MEMBER, ORDER = "generate_series(1, {members}) AS n", "generate_series(1, {members}) AS n, generate_series(0, 1) AS k"
SINCE = "now() - ((n % 730 * 7919 + k * 104729) % 730) * interval '1 day' - (n % 86400) * interval '1 second'"
ROWS: list[tuple[str, str, dict[str, str]]] = [
    ("customers_customer", MEMBER, {
        "id": "n", "card_code": "lpad(n::text, 12, '0')", "name": "'회원' || n", "email": "'m' || n || '@example.com'",
        "phone": "'+8210' || lpad(n::text, 8, '0')",
        "birthday": "CASE WHEN n % 3 = 0 THEN date '1990-01-01' + (n % 365)::int END",
        "tags": "CASE WHEN n % 50 = 0 THEN ARRAY['VIP'] ELSE '{}' END::varchar[]",
        "joined_at": "now() - (({members} - n) * 3 * 365 / {members} + 1) * interval '1 day'",
        "created_at": "now() - (({members} - n) * 3 * 365 / {members} + 1) * interval '1 day'",
    }),
    ("customers_consent", MEMBER, {
        "customer_id": "n", "channel": "'email'", "purpose": "'advertising'", "granted": "n % 2 = 0",
        "source": "'portal'",
    }),
    ("customers_order", ORDER, {
        "id": "2 * n - k", "source": "'st_bench'", "external_id": "(2 * n - k)::text", "number": "'#' || (2 * n - k)",
        "customer_id": "n", "state": "'paid'", "currency": "'KRW'", "subtotal": "12000", "total": "12000",
        "lines": "'[]'", "placed_at": SINCE, "paid_at": SINCE,
    }),
    ("loyalty_balance", MEMBER, {
        "customer_id": "n", "available": "240", "earned": "240", "version": "2",
        "spent": "12000 + n % 5000 * 100", "orders": "2", "seen_at": "now() - n % 730 * interval '1 day'",
        "tier": "CASE WHEN n % 50 = 1 THEN 'gold' WHEN n % 10 = 2 THEN 'silver' ELSE '' END", "tier_since": "now()",
    }),
    ("loyalty_journal", ORDER, {
        "id": "2 * n - k", "kind": "'earn'", "customer_id": "n", "key": "'order:' || (2 * n - k)",
        "order_id": "2 * n - k", "actor_kind": "'system'", "effective_at": SINCE, "recorded_at": SINCE,
    }),
    ("loyalty_entry", ORDER, {
        "journal_id": "2 * n - k", "account": "'available'", "customer_id": "n", "points": "120",
        "balance_after": "120 * (2 - k)", "version": "2 - k",
    }),
    ("loyalty_lot", ORDER, {
        "id": "2 * n - k", "customer_id": "n", "journal_id": "2 * n - k", "order_id": "2 * n - k", "state": "'active'",
        "points": "120", "remaining": "120", "expires_at": "now() + (n % 700 + 1) * interval '1 day'",
    }),
    ("loyalty_orderearning", ORDER, {
        "order_id": "2 * n - k", "customer_id": "n", "posted": "120", "postings": "1", "outcome": "'earned'",
    }),
    ("customers_event", ORDER, {
        "kind": "'order.changed'", "customer_id": "n", "subject_id": "2 * n - k", "at": SINCE, "recorded_at": SINCE,
    }),
]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({**SETTINGS, "STATIC_ROOT": f"{folder}/static", "MEDIA_ROOT": f"{folder}/media"})
        with scratch_database():
            shops = {size: found(size) for size in (FEW, MEMBERS)}
            with server(Path(folder) / "web.log", host(FEW)) as port:
                measured = measure(port, shops)
    p99 = {name: [percentile(times[size], 0.99) for size in (FEW, MEMBERS)] for name, times in measured.items()}
    p50 = {name: [percentile(times[size], 0.5) for size in (FEW, MEMBERS)] for name, times in measured.items()}
    worst = max(p99, key=lambda name: p99[name][1] / p99[name][0])
    told = {name: [round(value, 1) for value in (*p50[name], *few_many)] for name, few_many in p99.items()}
    report("growth", p99[worst][1], "ms", p99[worst][0], worst=worst, members=MEMBERS, p50_and_p99=told)


def host(size: int) -> str:
    """Where the shop of that size lives."""
    return f"of-{size}.dangol.example"


def found(size: int) -> dict[str, str]:
    """A shop with so many members: the cookies of an owner and of a member."""
    from django.core.management import call_command
    from django.utils import timezone
    from django_tenants.utils import tenant_context

    from customers.models import Customer
    from portal import sessions
    from tenants.provisioning import provision

    at = timezone.now()
    call_command("collectstatic", interactive=False, verbosity=0)
    shop = provision(
        name=f"Shop of {size}", slug=f"of-{size}", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul",
        at=at,
    )  # fmt: skip
    with tenant_context(shop):
        programme(at)
        fill(size)
        _session, token = sessions.begin(Customer.objects.get(pk=size // 2), user_agent="benchmark", at=at)
        staff = staff_cookie(size)
    common = "language=ko; theme=light"
    return {"staff": f"{staff}; {common}", "member": f"__Host-shopper={token}; {common}"}


def programme(at: datetime) -> None:
    """One per cent back, and two tiers."""
    from loyalty.programme import default_rules, publish
    from loyalty.rules import Rules
    from staff.actors import SYSTEM

    tiers = [
        {"key": key, "name": {"ko": name}, "threshold": least}
        for key, name, least in (("silver", "실버", 100_000), ("gold", "골드", 500_000))
    ]
    rules = default_rules("KR", "KRW").to_json()
    plan = {**rules["tiers"], "metric": "spend", "window": "lifetime", "tiers": tiers}
    publish(Rules.from_json({**rules, "tiers": plan}), actor=SYSTEM, at=at, in_force_from=at - timedelta(days=800))


def fill(size: int) -> None:
    """All rows by set-based SQL; nothing is checked, because it is made to be right."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, source, values in ROWS:
            cursor.execute(NEEDED, [table])
            neutral = {name: NEUTRAL[kind] for name, kind in cursor.fetchall() if name not in values}
            columns = {**neutral, **values}
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"  # noqa: S608  our own text
                f" SELECT {', '.join(columns.values())} FROM {source}".replace("{members}", str(size))
            )
    with connection.cursor() as cursor:
        for table in {table for table, _source, _values in ROWS}:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")  # what was filled in is not to be written while pages are asked for


def staff_cookie(size: int) -> str:
    """The session of an owner."""
    from django.conf import settings
    from django.test import Client

    from staff.models import User

    owner = User.objects.create_user(f"owner@{host(size)}", "correct horse battery", name="Owner")
    client = Client(headers={"host": host(size)})
    client.force_login(owner)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def measure(port: int, shops: dict[int, dict[str, str]]) -> dict[str, dict[int, list[float]]]:
    """Milliseconds of each page by size, in turns; the first turn only warms up."""
    times: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in shops} for name in ("list", "member", "home")
    }
    for turn in range(TURNS + 1):
        for size, cookies in shops.items():
            for name, path, who in asked(size, turn):
                page = Page(port, path, headers(size, cookies[who]))
                latencies = _steady.latencies(page, rate=RATE, seconds=SECONDS / (len(LISTS) if name == "list" else 1))
                times[name][size] += latencies if turn else []
    return times


def asked(size: int, turn: int) -> Iterator[tuple[str, str, str]]:
    """What is asked in one turn: page, address, and as whom."""
    for query in LISTS:
        yield "list", LIST + query, "staff"
    yield "member", f"{LIST}{size // (turn + 2)}/", "staff"
    yield "home", "/", "member"


def headers(size: int, cookies: str) -> dict[str, Any]:
    """What a browser behind the proxy sends."""
    return {"Host": host(size), "X-Forwarded-Proto": "https", "Cookie": cookies, "User-Agent": "benchmark"}


if __name__ == "__main__":
    main()
