"""Workers killed while they send: every message arrives, and what arrives twice carries the same id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import processes
from tests.storefront.running import ROOT, Installation, installation
from tests.webhooks.receiving import Receiver, receiver

pytestmark = pytest.mark.slow

SCRIPT = """
import django, sys
django.setup()
from django.utils import timezone
from django_tenants.utils import schema_context
from staff.actors import SYSTEM
from webhooks.endpoints import create_endpoint
with schema_context(sys.argv[1]):
    create_endpoint(sys.argv[2], types=["order.updated"], actor=SYSTEM, at=timezone.now())
"""


@pytest.fixture(scope="module")
def program() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def running(program: Receiver) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="dangol-crash-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)
        os.environ["EGRESS_ALLOWED"] = f"127.0.0.1:{program.port}"
        try:
            with installation(Path(home)) as started:
                command = [sys.executable, "-c", SCRIPT, started.shop["schema"], program.url()]
                subprocess.run(command, cwd=ROOT, env=started.environment, check=True)
                yield started
        finally:
            del os.environ["EGRESS_ALLOWED"]


@pytest.mark.parametrize("place", ["webhooks.claimed", "webhooks.sent"])
def test_a_worker_killed_while_sending_loses_nothing(running: Installation, program: Receiver, place: str) -> None:
    program.heard.clear()
    running.arm(place)
    running.deliver_many(place, 5)
    assert processes.wait_until(lambda: running.worker.poll() is not None, seconds=60), "the worker was not killed"
    assert running.worker.returncode == -signal.SIGKILL

    def all_delivered() -> bool:
        return running.settled() and running.count("webhooks_message", "state <> 'sent'") == 0

    assert processes.wait_until(all_delivered, seconds=90, pause=0.2), (running.home / "worker.log").read_text()
    about = Counter(json.loads(heard.body)["data"]["order"]["external_id"] for heard in program.heard)
    assert set(about) == {f"{place}-{n}" for n in range(5)}
    ids = {heard.headers["webhook-id"] for heard in program.heard}
    assert len(ids) == 5
    assert (len(program.heard) > 5) == (place == "webhooks.sent")
