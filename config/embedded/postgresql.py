"""One embedded PostgreSQL server."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config import processes
from config.embedded import places
from config.embedded.places import CannotStartError

DATABASE = "dangol"
# A fleet-wide statement may lock every table of many schemas at once; the default of 64 locks is for one schema.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "max_locks_per_transaction": "1024",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
}
# Safe against a killed process, not against a power cut: for data that lives as long as a test run.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class Postgres:
    """A server and its data in `home`. Start it from the main thread: it ends when that thread does."""

    home: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.home = places.place(self.home)
        self.data = self.home / "postgresql"
        self.log = self.home / "postgresql.log"
        self.sockets = places.sockets(self.home)

    def url(self, database: str = DATABASE) -> str:
        """A connection address as psycopg and DATABASE_URL take it."""
        return f"postgres://postgres@/{database}?host={self.sockets}"

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs, e.g. `pgbench`."""
        return places.programs(self.home) / "bin" / name

    def start(self) -> subprocess.Popen[bytes]:
        """Make the data if there is none, start, wait until it answers, make the database. Raises CannotStartError."""
        with places.plain_errors(self.home):
            places.prepare(self.home, self.sockets)
            places.check_space(self.home)
            self._initialise()
            self._clear_leftover()
            process = self._run()
        self._make_database()
        return process

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends sessions and shuts down cleanly; SIGQUIT stops as a crash would."""
        if self.process is not None:
            processes.stop(self.process, by=by, patience=30)
            self.process = None

    def _initialise(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            return
        # In a folder beside, then renamed: a start that was interrupted leaves no half-made data.
        fresh = self.home / "postgresql.new"
        shutil.rmtree(fresh, ignore_errors=True)
        places.private(fresh)
        _call(
            [self.program("initdb"), "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
        )  # fmt: skip
        fresh.rename(self.data)

    def _check_version(self, found: str) -> None:
        match = re.search(r"(\d+)\.", _call([self.program("postgres"), "--version"]))
        ours = match[1] if match else ""
        if found != ours:
            raise CannotStartError(
                f"The data in {self.data} was made by PostgreSQL {found} and this is PostgreSQL {ours}: "
                f"move the folder away to start afresh."
            )

    def _clear_leftover(self) -> None:
        """End a server that outlived its supervisor, and drop the pid file of one that did not.

        After a hard stop the pid may belong to a stranger by now, and PostgreSQL would refuse to start beside it.
        """
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = int(file.read_text().split("\n", 1)[0] or 0)
        if pid and processes.alive(pid) and _is_server_of(pid, self.data):
            os.kill(pid, signal.SIGINT)
            if not processes.wait_until(lambda: not processes.alive(pid), seconds=30):
                raise CannotStartError(f"An earlier PostgreSQL (process {pid}) does not end.")
        file.unlink(missing_ok=True)

    def _run(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        self.process = process = processes.start(
            [self.program("postgres"), "-D", self.data, "-k", self.sockets, *options],
            log=self.log,
            folder=Path("/"),
            user=places.server_user(),
            on_our_death=signal.SIGINT,
        )
        try:
            if not processes.wait_until(self._answers, seconds=60):
                raise CannotStartError(f"PostgreSQL did not start within a minute; see {self.log}.")
        except BaseException:
            self.stop()
            raise
        return process

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise CannotStartError(f"PostgreSQL did not start: {processes.last_complaint(self.log)} (see {self.log})")
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())


@contextmanager
def postgresql(home: Path, *, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for the time of the block. Raises CannotStartError."""
    server = Postgres(home, settings=settings)
    try:
        yield server.start()
    finally:
        server.stop()


def _call(command: Sequence[str | Path]) -> str:
    """Run one of PostgreSQL's programs as its user; what it printed."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
        **processes.identity(places.server_user()),
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if re.search("error|fatal", line, re.IGNORECASE)]
        raise CannotStartError(f"PostgreSQL did not start: {(lines or [done.stderr.strip()])[-1]}")
    return done.stdout


def _is_server_of(pid: int, data: Path) -> bool:
    if sys.platform != "linux":
        return True
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
