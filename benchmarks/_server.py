"""Granian as production runs it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import _steady
from benchmarks._steady import Page
from config import processes


@contextmanager
def server(log: Path, host: str) -> Iterator[int]:
    """Two workers of two threads; yields their port once they answer `host`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "2", "--no-ws", "--no-access-log", "config.wsgi:application",
    ]  # fmt: skip
    process = processes.start(command, log=log, environment=os.environ, folder=Path(__file__).parent.parent)
    try:
        assert processes.wait_until(lambda: _is_up(port, host), seconds=60), processes.last_complaint(log)
        yield port
    finally:
        processes.stop(process)


def _is_up(port: int, host: str) -> bool:
    """Whether the server answers at all."""
    try:
        return _steady.fetch(Page(port, "/healthz", {"Host": host}))[0] == 200
    except OSError:
        return False
