"""Processes killed and PostgreSQL torn down under load: nothing is lost, nothing doubled, the queue drains."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import processes
from tests.storefront.running import Installation, installation
from tests.threads import threads

pytestmark = pytest.mark.slow

POINTS = 120  # 1 % of 12,000 won


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    # Not pytest's own folder: PostgreSQL runs as nobody and must get there.
    with tempfile.TemporaryDirectory(prefix="dangol-crash-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)
        with installation(Path(home)) as started:
            yield started


def assert_each_order_counted_once(running: Installation) -> None:
    settled = processes.wait_until(running.settled, seconds=90, pause=0.2)
    assert settled, (running.home / "worker.log").read_text()
    assert running.count("storefront_delivery") == running.sent
    assert running.count("customers_order") == running.sent
    assert running.count("loyalty_journal", "kind = 'earn'") == running.sent
    assert running.ask("SELECT sum(points) FROM loyalty_lot") == running.sent * POINTS


@pytest.mark.parametrize("place", ["inbox.claimed", "inbox.applied", "inbox.committed"])
def test_a_worker_killed_at(running: Installation, place: str) -> None:
    running.arm(place)
    running.deliver_many(place, 20)
    assert processes.wait_until(lambda: running.worker.poll() is not None, seconds=60), "the worker was not killed"
    assert running.worker.returncode == -signal.SIGKILL
    assert_each_order_counted_once(running)


def test_a_web_server_killed_before_it_could_answer(running: Installation) -> None:
    running.arm("hook.kept")
    assert running.deliver("killed-0") > 1, "it was not killed"
    running.sent += 1
    running.deliver_many("after", 5)
    assert_each_order_counted_once(running)


def test_postgresql_torn_down_under_load(running: Installation) -> None:
    with threads(3) as pool:
        sending = [pool.start(running.deliver_many, f"load{n}", 40) for n in range(2)]
        under_way = "external_id LIKE 'load%'"
        assert processes.wait_until(lambda: running.count("customers_order", under_way) > 5, seconds=60)
        running.server.stop(by=signal.SIGQUIT)
        running.server.start()
        for done in sending:
            done.result()
    assert_each_order_counted_once(running)


def test_the_books_are_right_after_all_of_that(running: Installation) -> None:
    assert running.sent > 0
    running.audit()
