"""Starting the demo's processes, watching them, and stopping every one of them, whatever ends the demo."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config import processes
from config.embedded import CannotStartError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop."""


class Supervisor:
    """Holds the demo's processes for the time of a `with` block. When one of them ends, all end."""

    def __init__(self) -> None:
        self.watched: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}
        self.kept = ExitStack()

    def __enter__(self) -> Supervisor:
        for number in SIGNALS:
            signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        # A second Ctrl-C must not interrupt the stopping.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.kept.close()

    def watch(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """From now on the demo ends when this process does."""
        self.watched[name] = (process, log)

    def start(self, name: str, command: list[str], *, log: Path, environment: dict[str, str]) -> None:
        """Start a process that is to run until the end, in the environment given."""
        process = processes.start([sys.executable, *command], log=log, environment=environment)
        self.kept.callback(processes.stop, process)
        self.watch(name, process, log)

    @contextmanager
    def step(self, name: str, command: list[str], *, log: Path | None, environment: dict[str, str]) -> Iterator[None]:
        """Run a command beside the block and wait for it at the end. Raises CannotStartError when it fails.

        Without `log` it speaks to the terminal.
        """
        process = processes.start([sys.executable, *command], log=log, environment=environment)
        self.kept.callback(processes.stop, process)
        yield
        while process.poll() is None:
            self.check()
            time.sleep(0.05)
        if process.returncode:
            reason = f": {processes.last_complaint(log)} (see {log})" if log else ", as said above"
            raise CannotStartError(f"{name} failed{reason}.")

    def check(self) -> None:
        """Raise CannotStartError when a watched process has ended."""
        for name, (process, log) in self.watched.items():
            if process.poll() is not None:
                raise CannotStartError(
                    f"{name} ended unexpectedly: {processes.last_complaint(log)} (see {log}). All else was stopped."
                )

    def wait(self) -> NoReturn:
        """Watch until somebody stops us. Raises Stopped or CannotStartError."""
        while True:
            self.check()
            time.sleep(0.5)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        raise Stopped
