"""Signed Shopify orders a second, durable in the inbox, through Granian as in production and with the sender beside.

Everything on this machine: PostgreSQL that waits for its disk, two web workers, and two senders with some kept
connections each, who sign nothing while they measure. The limit is a bare view in the same server, without middleware,
that verifies the signature and inserts one row with the body; both are asked in turns, so that whatever else this
machine does troubles both alike. `p99` is in milliseconds at 500 a second, from when a delivery was due.

SECONDS (4) is the length of a turn, TURNS (4) how many of each.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import _senders
from benchmarks._database import scratch_database
from benchmarks._measure import report
from benchmarks._senders import Target
from benchmarks._server import server
from benchmarks._shopify import SECRET, found_shop

SECONDS = float(os.environ.get("SECONDS", "4"))
TURNS = int(os.environ.get("TURNS", "4"))
RATE = 500  # deliveries a second at which p99 is measured
HOST = "bench.dangol.example"
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "benchmarks.hook_site.settings",
    "PUBLIC_URL": "https://dangol.example",
    "SECRET_KEY": "benchmark " * 8,
    "ENCRYPTION_KEYS": "5yPBxKRHqPkRcvOlhvyNUhXo1tJvZyQ6oFJgtTeo0Xk=",
    "EMAIL_URL": "smtp://localhost:2525",
    "BENCHMARK_SECRET": SECRET,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured."""

    ours: list[float]  # deliveries a second, of each turn
    bare: list[float]
    p99: float  # milliseconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({**SETTINGS, "STATIC_ROOT": f"{folder}/static", "MEDIA_ROOT": f"{folder}/media"})
        with scratch_database():
            path = furnish()
            durable = waits_for_disk()
            with server(Path(folder) / "web.log", HOST) as port:
                found = measure(port, path)
            check(found)
    report(
        "intake", statistics.median(found.ours), "deliveries/s", statistics.median(found.bare),
        p99=round(found.p99, 1), durable=durable,
    )  # fmt: skip


def furnish() -> str:
    """A shop with a storefront, and the limit's table: the hook's path."""
    from django.db import connection

    _shop, store = found_shop("Bench", datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE public.bare (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, key text UNIQUE,"
            " body bytea, received_at timestamptz)"
        )
    return f"/hooks/{store.public_id}/"


def waits_for_disk() -> bool:
    """Whether a commit of this PostgreSQL survives a power cut."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on'")
        return bool(cursor.fetchone()[0])


def measure(port: int, path: str) -> Found:
    """Both in turns; the first turn of each only warms up. Then the hook alone at a fixed rate."""
    targets = {"ours": Target(port, HOST, path), "bare": Target(port, HOST, "/bare/")}
    speeds: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(TURNS + 1):
        for name, target in targets.items():
            found = _senders.as_fast_as_possible(target, seconds=SECONDS)
            speeds[name] += [found] if turn else []
    times = _senders.at_rate(targets["ours"], rate=RATE, seconds=2 * SECONDS)
    return Found(speeds["ours"], speeds["bare"], sorted(times)[len(times) * 99 // 100])


def check(found: Found) -> None:
    """As many lie in the inbox as were answered, at least."""
    from django_tenants.utils import tenant_context

    from storefront.models import Delivery
    from tenants.models import Merchant

    with tenant_context(Merchant.objects.get(slug="bench")):
        assert Delivery.objects.count() >= sum(found.ours) * SECONDS * 0.99


if __name__ == "__main__":
    main()
