"""One embedded Valkey server, for cache and broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import processes
from config.embedded import places
from config.embedded.places import CannotStartError


@contextmanager
def valkey(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run Valkey on its socket in `home`. It forgets everything at the end: the truth is in PostgreSQL.

    Raises CannotStartError.
    """
    home = places.place(home)
    sockets, log = places.sockets(home), home / "valkey.log"
    with places.plain_errors(home):
        places.prepare(home, sockets)
        (sockets / "valkey.sock").unlink(missing_ok=True)
        process = processes.start(
            [places.valkey_program(), "--port", "0", "--unixsocket", sockets / "valkey.sock", "--unixsocketperm", "700",
             "--save", "", "--appendonly", "no", "--dir", sockets, "--loglevel", "warning"],
            log=log,
        )  # fmt: skip
    try:
        if not processes.wait_until(lambda: _listens(process, sockets, log), seconds=20):
            raise CannotStartError(f"Valkey did not start within 20 seconds; see {log}.")
        yield process
    finally:
        processes.stop(process)


def _listens(process: subprocess.Popen[bytes], sockets: Path, log: Path) -> bool:
    if process.poll() is not None:
        raise CannotStartError(f"Valkey did not start: {processes.last_complaint(log)} (see {log})")
    return (sockets / "valkey.sock").exists()
