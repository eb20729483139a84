"""The shopper's front page under production's settings, beside a signed-in page with a constant template.

A shopper with 200 journals; Granian with two workers of two threads; both pages in turns at the same fixed rate, so
that whatever else this machine does troubles both alike. `value` is the home page's p50 in ms, `limit` the other's.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import _steady
from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._server import server
from benchmarks._steady import Page, percentile

RATE = 10  # requests a second: far from what even a busy small machine can serve, so that neither page queues
TURN = 3.0  # seconds
TURNS = 8
ORDERS = 110  # earned and, but for the last week's, matured: 200 journals
HOST = "bench.dangol.example"
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "benchmarks.portal_site.settings",
    "PUBLIC_URL": "https://dangol.example",
    "SECRET_KEY": "benchmark " * 8,
    "ENCRYPTION_KEYS": "5yPBxKRHqPkRcvOlhvyNUhXo1tJvZyQ6oFJgtTeo0Xk=",
    "EMAIL_URL": "smtp://localhost:2525",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({**SETTINGS, "STATIC_ROOT": f"{folder}/static", "MEDIA_ROOT": f"{folder}/media"})
        with scratch_database():
            token = furnish()
            queries = count_queries(token)
            with server(Path(folder) / "web.log", HOST) as port:
                measured = measure(port, token)
                kilobytes = weigh(port, token)
    value, limit = (percentile(measured[name], 0.5) for name in ("home", "constant"))
    p99 = {
        "p99": round(percentile(measured["home"], 0.99), 1),
        "limit_p99": round(percentile(measured["constant"], 0.99), 1),
    }
    report("portal_home", value, "ms", limit, **p99, queries=queries, kilobytes=kilobytes, rate=RATE)


def furnish() -> str:
    """A shop with its programme and one member with about 200 journals: the secret of the member's session."""
    from django.core.management import call_command
    from django.utils import timezone
    from django_tenants.utils import tenant_context

    from portal import sessions
    from tenants.alarms import drain
    from tenants.provisioning import provision

    call_command("collectstatic", interactive=False, verbosity=0)
    at = timezone.now()
    shop = provision(
        name="Bench & Sons", slug="bench", country="GB", currency="GBP", language="en", time_zone="Europe/London", at=at
    )
    with tenant_context(shop):
        customer = trade(at)
        drain(shop, at)
        _session, token = sessions.begin(customer, user_agent="benchmark", at=at)
    return token


def trade(at: Any) -> Any:
    """One order a day by one member, up to today."""
    from django.db import transaction

    from customers.identities import prove_email
    from customers.orders import apply_orders
    from loyalty.programme import default_rules, publish
    from staff.actors import SYSTEM

    begin = at - timedelta(days=ORDERS + 1)
    with transaction.atomic():
        publish(default_rules("GB", "GBP"), actor=SYSTEM, at=at, in_force_from=begin)
        customer = prove_email("member@example.com", at=begin, actor=SYSTEM)
        apply_orders([order(n, begin + timedelta(days=n)) for n in range(1, ORDERS + 1)], at=at)
    return customer


def order(number: int, at: Any) -> Any:
    """A paid order of the member's."""
    from customers.snapshots import CustomerSnapshot, OrderSnapshot

    buyer = CustomerSnapshot(source="st_bench", updated_at=at, email="member@example.com", embedded=True)
    return OrderSnapshot(
        source="st_bench", external_id=str(number), number=f"#{number}", state="paid", currency="GBP", placed_at=at,
        paid_at=at, updated_at=at, total=4_800 + number, subtotal=4_800 + number, buyer=buyer,
    )  # fmt: skip


def headers(token: str) -> dict[str, str]:
    """What a browser behind the proxy sends."""
    cookies = f"__Host-shopper={token}; language=en; theme=light"
    return {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookies, "User-Agent": "benchmark"}


def count_queries(token: str) -> int:
    """Statements the home page sends, the search path included, once the process is warm."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": HOST}, HTTP_X_FORWARDED_PROTO="https")
    client.cookies["__Host-shopper"] = token
    assert client.get("/").status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    return len(queries)


def measure(port: int, token: str) -> dict[str, list[float]]:
    """Milliseconds of both pages, asked for in turns; the first turn of each only warms up."""
    pages = {name: Page(port, path, headers(token)) for name, path in (("home", "/"), ("constant", "/constant/"))}
    times: dict[str, list[float]] = {"home": [], "constant": []}
    for turn in range(TURNS + 1):
        for name, page in pages.items():
            found = _steady.latencies(page, rate=RATE, seconds=TURN)
            times[name] += found if turn else []
    return times


def weigh(port: int, token: str) -> float:
    """Kilobytes of the home page's HTML, styles and scripts as sent compressed, fonts and their stylesheet left out."""
    _status, html, _headers = _steady.fetch(Page(port, "/", headers(token)))
    text = html.decode()
    linked = re.findall(r'<(?:script[^>]*src|link[^>]*rel="stylesheet"[^>]*href)="([^"]+)"', text)
    total = len(gzip.compress(html))
    for path in [path for path in linked if "pretendard" not in path]:
        status, body, sent = _steady.fetch(Page(port, path, {**headers(token), "Accept-Encoding": "gzip"}))
        assert status == 200, (path, status)
        total += len(body) if sent.get("content-encoding") == "gzip" else len(gzip.compress(body))
    return round(total / 1000, 1)


if __name__ == "__main__":
    main()
