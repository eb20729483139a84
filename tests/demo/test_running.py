"""`make demo` as a stranger runs it: it starts, starts again with its data, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import embedded, processes
from tests.browser.house import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240


class Demo:
    """One copy of the demo with a day of orders, in a folder and at a port of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.log = home, free_port(), home / "demo.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "demo", "--home", str(self.home), "--port", str(self.port), "--days", "1"]
        self.process = processes.start(command, log=self.log, folder=ROOT)
        processes.wait_until(lambda: self.ended or "Ctrl-C" in self.said, seconds=PATIENCE, pause=0.2)
        assert "Ctrl-C" in self.said, self.said

    def end(self, by: signal.Signals) -> int:
        """Send the signal and wait for the end; the exit code."""
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(60)

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def family(self) -> list[psutil.Process]:
        """Every process of the demo but the first."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str, host: str = "localhost") -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": host})
        with urllib.request.urlopen(request) as answer:
            text: str = answer.read().decode()
        return text


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo that has started once; each test leaves it running or stopped as it likes."""
    home = Path(tempfile.mkdtemp(prefix="dangol-demo-"))
    home.chmod(0o711)
    made = Demo(home)
    try:
        yield made
    finally:
        if made.process is not None:
            processes.stop(made.process, patience=40)
        shutil.rmtree(embedded.place(home), ignore_errors=True)


@pytest.fixture
def running(demo: Demo) -> Demo:
    if demo.ended:
        demo.start()
    return demo


def gone(family: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def test_both_shops_and_the_public_site_answer(running: Demo) -> None:
    assert "소담커피" in running.get("/", "cafe.localhost")
    assert "Spoke &amp; Chain" in running.get("/", "bikes.localhost")
    assert "Dangol" in running.get("/")


def test_it_says_where_to_go_and_how_to_sign_in(running: Demo) -> None:
    for words in (f"http://cafe.localhost:{running.port}/backoffice/", "owner@bikes.example", "password", "/outbox/"):
        assert words in running.said


def test_it_is_ready_for_work(running: Demo) -> None:
    assert json.loads(running.get("/readyz")) == {"database": "ok", "cache": "ok"}


def test_a_second_copy_beside_it_is_told_that_the_port_is_taken(running: Demo, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--home", str(tmp_path), "--port", str(running.port)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"Port {running.port} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_start_from_the_same_folder_is_refused(running: Demo) -> None:
    command = [sys.executable, "-m", "demo", "--home", str(running.home), "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert "already runs" in done.stderr


def test_it_ends_when_one_of_its_parts_does(running: Demo) -> None:
    family = running.family()
    worker = next(process for process in family if "worker" in process.cmdline())
    worker.kill()
    assert running.process is not None
    assert running.process.wait(60) == 1
    assert "The worker ended unexpectedly" in running.said
    assert processes.wait_until(lambda: gone(family), seconds=20)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda by: by.name)
def test_a_signal_stops_everything(running: Demo, by: signal.Signals) -> None:
    family = running.family()
    assert running.end(by) == 0
    assert processes.wait_until(lambda: gone(family), seconds=20)


def test_nothing_is_left_when_it_is_killed(running: Demo) -> None:
    family = running.family()
    running.end(signal.SIGKILL)
    assert processes.wait_until(lambda: gone(family), seconds=30)


def test_it_starts_again_with_its_data_and_delivers_nothing_twice(running: Demo) -> None:
    running.end(signal.SIGINT)
    running.start()
    assert "Delivering" not in running.said


def test_a_wrong_port_is_told_in_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--port", "http"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "is no port" in done.stderr


def test_a_folder_that_cannot_be_used_is_told_in_one_sentence() -> None:
    blocked = ROOT / "pyproject.toml"
    command = [sys.executable, "-m", "demo", "--home", str(blocked / "home"), "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert "Dangol cannot use" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_demos_use_different_sockets(tmp_path: Path) -> None:
    assert embedded.addresses(tmp_path / "one") != embedded.addresses(tmp_path / "two")
