"""PostgreSQL and Valkey out of Python wheels, for the demo, the tests and the benchmarks.

Both listen only on UNIX sockets in a private folder, so nothing clashes with other servers or with another copy of
the project. Production brings its own by DATABASE_URL, CACHE_URL and BROKER_URL.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded import places
from config.embedded.places import CannotStartError, place, plain_errors
from config.embedded.postgresql import DATABASE, FORGETFUL, SETTINGS, Postgres, postgresql
from config.embedded.valkey import valkey

__all__ = [
    "FORGETFUL",
    "SETTINGS",
    "Addresses",
    "CannotStartError",
    "Postgres",
    "Running",
    "addresses",
    "alone",
    "place",
    "plain_errors",
    "postgresql",
    "services",
    "valkey",
]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services of one folder are reached, whether they run or not."""

    database_url: str
    cache_url: str
    broker_url: str

    def environment(self) -> dict[str, str]:
        """As the variables that the settings read."""
        return {"DATABASE_URL": self.database_url, "CACHE_URL": self.cache_url, "BROKER_URL": self.broker_url}


def addresses(home: Path) -> Addresses:
    """The addresses of the services kept in `home`; works before they run."""
    folder = places.sockets(places.place(home))
    valkey_socket = folder / "valkey.sock"
    return Addresses(
        database_url=f"postgres://postgres@/{DATABASE}?host={folder}",
        cache_url=f"unix://{valkey_socket}?db=1",
        broker_url=f"redis+socket://{valkey_socket}?virtual_host=0",
    )


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one folder while they run: where they are reached, and their processes and logs by name."""

    addresses: Addresses
    processes: dict[str, tuple[subprocess.Popen[bytes], Path]]


@contextmanager
def services(home: Path, *, durable: bool = True) -> Iterator[Running]:
    """Run PostgreSQL (with a database `dangol`) and Valkey in `home` for the time of the block.

    `durable=False` trades safety against a power cut for speed. Call from the main thread. Raises CannotStartError.
    """
    home, settings = places.place(home), SETTINGS if durable else SETTINGS | FORGETFUL
    with alone(home), postgresql(home, settings=settings) as server, valkey(home) as cache:
        logs = {"PostgreSQL": (server, home / "postgresql.log"), "Valkey": (cache, home / "valkey.log")}
        yield Running(addresses(home), logs)
    if not places.sockets(home).is_relative_to(home):
        shutil.rmtree(places.sockets(home), ignore_errors=True)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the folder for us: two servers on the same data would destroy it."""
    home = places.place(home)
    with places.plain_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStartError(f"Dangol already runs from {home}: stop it first, or use a second copy.") from None
        yield
