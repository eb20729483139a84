"""Queries a minute by a worker and beat, doing nothing, with 1,000 shops; beside the same with 10.

The shops are rows of merchants, hosts and sleeping alarms; only ten have schemas, since nothing looks into one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from benchmarks._database import scratch_database
from benchmarks._measure import report

SWEEP_SECONDS = 5  # tenants.installation.SWEEP_SECONDS

FEW, MANY = 10, 1_000
KINDS = ("inbox", "maturity", "expiry", "outbox")
SETTLE, WATCH = 2, 7  # sweeps
PATIENCE = 120  # seconds until that many have come, on a busy machine
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        count = Path(folder) / "queries"
        os.environ.update(COUNT_QUERIES_IN=str(count), DJANGO_SETTINGS_MODULE="benchmarks._counted", POOL_SIZE="0")
        with scratch_database():
            make_shops(0, FEW)
            few = watch(count)
            make_shops(FEW, MANY)
            many = watch(count)
    report("idle", many, "queries a minute", few, shops=MANY, beside=FEW)


def make_shops(first: int, last: int) -> None:
    """Merchants whose alarms sleep until next year, or have nothing to do."""
    from django.utils import timezone

    from tenants.models import Alarm, Domain, Merchant
    from tenants.provisioning import refill_pool

    at = timezone.now()
    if first == 0:
        refill_pool(at=at, size=last)
    shops = Merchant.objects.bulk_create(
        Merchant(
            schema_name=f"t_{n:016}", name=f"Shop {n}", slug=f"shop-{n}", country="GB", currency="GBP", language="en",
            time_zone="UTC", created_at=at,
        )
        for n in range(first, last)
    )  # fmt: skip
    Domain.objects.bulk_create(Domain(domain=shop.host, tenant=shop) for shop in shops)
    Alarm.objects.bulk_create(
        Alarm(schema_name=shop.schema_name, kind=kind, due_at=at + timedelta(days=365) if n % 2 else None)
        for shop in shops
        for n, kind in enumerate(KINDS)
    )


def watch(count: Path) -> float:
    """Start a worker and beat as production does, let them settle, and count what comes with the next sweeps."""
    count.write_bytes(b"")
    quiet = subprocess.DEVNULL
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        for role in (["worker", "--concurrency", "1", "--without-mingle"], ["beat", "--schedule", f"{folder}/beat"]):
            command = [sys.executable, "-m", "celery", "-A", "config.celery", *role, "--loglevel", "ERROR"]
            process = subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet)
            running.callback(process.wait)
            running.callback(process.terminate)
        deadline = time.monotonic() + PATIENCE
        while count.read_bytes().count(b"S") <= SETTLE + WATCH:
            assert time.monotonic() < deadline, "too few sweeps: worker or beat does not run"
            time.sleep(0.5)
    queries = b"S".join(count.read_bytes().split(b"S")[SETTLE : SETTLE + WATCH])
    return (len(queries) + 1) * 60 / (WATCH * SWEEP_SECONDS)


if __name__ == "__main__":
    main()
