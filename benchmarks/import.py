"""A file of 100,000 customers with points: read, checked and brought by a worker of its own, beside COPYing its rows.

The worker is a process that does what the alarm does; `megabytes` is the most memory it ever held. The limit is
another one that reads the same file and COPYs its cells into a bare table: no matching, no ledger, no index.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")  # DEBUG would keep every statement

from benchmarks._database import scratch_database
from benchmarks._measure import report

ROWS = 100_000
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HEADERS = ["회원 아이디", "이름", "이메일", "휴대전화", "생년월일", "가입일", "사용가능 적립금"]
SURNAMES, NAMES = "김이박최정강조윤장임", ["민서", "서준", "하은", "도윤", "지우", "예린", "시우", "수아"]


def main() -> None:
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        os.environ["MEDIA_ROOT"] = folder
        path = Path(folder) / "customers.csv"
        write(path)
        schema = found_shop()
        limit = in_a_process(copied, schema, str(path))
        found = in_a_process(brought, schema, str(path))
    report(
        "import", ROWS / found["seconds"], "rows/s", ROWS / limit["seconds"],
        megabytes=found["megabytes"], seconds=round(found["seconds"], 1), parts=found["parts"],
    )  # fmt: skip


def write(path: Path) -> None:
    """The file, as Cafe24 would export it: CP949."""
    with path.open("w", encoding="cp949", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADERS)
        for n in range(ROWS):
            name = SURNAMES[n % 10] + NAMES[n % 8]
            phone, points = f"010-{1000 + n // 10_000}-{n % 10_000:04}", f"{n % 30_000:,}"
            out.writerow([f"m{n}", name, f"buyer{n}@example.com", phone, "1990-03-14", "2024. 5. 2. 오후 3:00", points])


def found_shop() -> str:
    """An empty shop with a programme; its schema."""
    from django_tenants.utils import tenant_context

    from loyalty.programme import default_rules, publish
    from staff.actors import SYSTEM
    from tenants.provisioning import provision

    shop = provision(
        name="Import", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=NOW
    )  # fmt: skip
    with tenant_context(shop):
        publish(default_rules("KR", "KRW"), actor=SYSTEM, at=NOW, in_force_from=NOW)
    return shop.schema_name


def in_a_process(work: Any, schema: str, path: str) -> dict[str, Any]:
    """What the function answers, run in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=run, args=(work.__name__, schema, path, answers))
    process.start()
    found: dict[str, Any] = answers.get(timeout=600)
    process.join()
    return found


def run(work: str, schema: str, path: str, answers: Any) -> None:
    """What the process does."""
    import django

    django.setup()
    from django.conf import settings
    from django_tenants.utils import tenant_context

    from tenants.models import Merchant

    settings.CELERY_BROKER_URL = "memory://"
    with tenant_context(Merchant.objects.get(schema_name=schema)):
        answers.put({"brought": brought, "copied": copied}[work](schema, path))


def brought(schema: str, path: str) -> dict[str, Any]:
    """Upload, check, start: until all rows are in."""
    from django.core.files import File

    from imports import acts, uploads
    from imports.mapping import Mapping
    from staff.actors import SYSTEM

    parts, start = {}, time.perf_counter()
    with Path(path).open("rb") as file:
        run = uploads.receive(File(file, "customers.csv"), kind="customers", source="import", actor=SYSTEM, at=NOW)
    finish(schema)
    run.refresh_from_db()
    parts["read"] = round(time.perf_counter() - start, 1)
    acts.check(run.pk, Mapping.from_json(run.mapping), actor=SYSTEM, at=NOW)
    finish(schema)
    parts["check"] = round(time.perf_counter() - start, 1)
    acts.act(run.pk, "start", actor=SYSTEM, at=NOW)
    finish(schema)
    seconds = time.perf_counter() - start
    run.refresh_from_db()
    assert (run.state, run.done.get("c")) == ("done", ROWS), (run.state, run.done)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "megabytes": round(most), "parts": parts}


def finish(schema: str) -> None:
    """Do what the worker does, turn after turn."""
    from tenants.alarms import attempt

    while attempt(schema, "imports", at=NOW):
        pass


def copied(schema: str, path: str) -> dict[str, Any]:
    """Read the file and COPY its cells."""
    from django.db import connection

    columns = ", ".join(f"c{n} text" for n in range(len(HEADERS)))
    start = time.perf_counter()
    with connection.cursor() as cursor, Path(path).open(encoding="cp949", newline="") as file:
        cursor.execute(f"CREATE TABLE copied ({columns})")
        with cursor.copy("COPY copied FROM STDIN") as copy:
            for row in csv.reader(file):
                copy.write_row(row)
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    main()
