"""A whole installation of its own for the crash tests: PostgreSQL, Valkey, web server, worker and beat as processes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from config import embedded, processes
from storefront.signatures import standard_webhooks

ROOT = Path(__file__).resolve().parent.parent.parent
CELERY = ["-m", "celery", "--app", "config.celery"]
WORKER = [*CELERY, "worker", "--pool", "solo", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
BEAT = [*CELERY, "beat", "--loglevel", "ERROR", "--pidfile", "", "--max-interval", "1"]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """The processes, and how to deliver to them and look at what they did."""

    def __init__(self, home: Path, server: embedded.Postgres) -> None:
        self.home, self.server, self.port = home, server, free_port()
        self.failpoints = home / "failpoints"
        self.failpoints.mkdir()
        self.environment = {
            **os.environ,
            **embedded.addresses(home).environment(),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "ALARM_LEASE_SECONDS": "3",
            "DANGOL_FAILPOINTS": str(self.failpoints),
        }
        self.shop: dict[str, str] = json.loads(self._run("-m", "tests.storefront.crash_shop"))
        web = ["-m", "granian", "--interface", "wsgi", "--port", str(self.port), "--workers", "2", "--blocking-threads",
               "2", "--no-ws", "--respawn-failed-workers", "config.wsgi:application"]  # fmt: skip
        self.web, self.beat, self.worker = self._start("web", web), self._start("beat", BEAT), self.start_worker()
        self.sent = 0

    def close(self) -> None:
        for process in (self.worker, self.beat, self.web):
            processes.stop(process, by=signal.SIGTERM, patience=5)

    def start_worker(self) -> subprocess.Popen[bytes]:
        self.worker = self._start("worker", WORKER)
        return self.worker

    def arm(self, name: str) -> None:
        """Whoever next reaches the place of this name is killed."""
        (self.failpoints / name).touch()

    def armed(self) -> bool:
        return any(self.failpoints.iterdir())

    def deliver(self, order_id: str) -> int:
        """Send an order of 12,000 won as a good sender does: the same id again until it is taken. Returns the tries."""
        now, key = datetime.now(UTC).isoformat(), uuid.uuid4().hex
        order = {
            "id": order_id, "status": "paid", "currency": "KRW", "placed_at": now, "paid_at": now, "updated_at": now,
            "total": "12000", "customer": {"id": f"c{len(order_id)}", "email": "c@example.com"},
        }  # fmt: skip
        body = json.dumps({"type": "order.paid", "data": order}).encode()
        for attempt in range(1, 200):
            if self._post(key, body) in {200, 202}:
                return attempt
            time.sleep(0.1)
        raise AssertionError(f"{order_id} was never taken")

    def deliver_many(self, prefix: str, number: int) -> None:
        for n in range(number):
            self.deliver(f"{prefix}-{n}")
            self.sent += 1

    def settled(self) -> bool:
        """Whether nothing is left to do; a worker that died is started again, as any supervisor would."""
        if self.worker.poll() is not None:
            self.start_worker()
        try:
            return self.count("storefront_delivery", "state <> 'done'") == 0
        except psycopg.OperationalError:
            return False

    def count(self, table: str, condition: str = "true") -> int:
        return int(self.ask(f"SELECT count(*) FROM {table} WHERE {condition}"))

    def ask(self, query: str) -> Any:
        """One value out of the shop's schema."""
        with psycopg.connect(self.server.url(), connect_timeout=3) as connection:
            connection.execute(f'SET search_path = "{self.shop["schema"]}"'.encode())
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def audit(self) -> str:
        """What `manage.py audit_ledger` says; raises when it finds a breach."""
        return self._run("manage.py", "audit_ledger", "--all")

    def _post(self, key: str, body: bytes) -> int:
        seconds = int(time.time())
        headers = {
            "Host": self.shop["host"],
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(seconds),
            "webhook-signature": standard_webhooks.sign(self.shop["secret"], key, seconds, body),
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                connection.request("POST", self.shop["path"], body, headers)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return 0

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = self.home / f"{name}.log"
        return processes.start([sys.executable, *command], log=log, environment=self.environment, folder=ROOT)


@contextmanager
def installation(home: Path) -> Iterator[Installation]:
    """Everything started, and stopped at the end with nothing left running."""
    server = embedded.Postgres(home)
    with embedded.valkey(home):
        try:
            server.start()
            started = Installation(home, server)
            try:
                yield started
            finally:
                started.close()
        finally:
            server.stop()
