"""Child processes that never outlive us: the servers, worker and beat that the demo and the tests start."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def start(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: pwd.struct_passwd | None = None,
    on_our_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, its output appended to `log` or, without, to ours.

    Its own group, so that Ctrl-C reaches only us and we stop things in order. Where the system can (Linux), the
    child gets the signal `on_our_death` if we are killed without a chance to stop it; the death of the thread that
    calls this counts as ours, so call from the main thread.
    """
    with log.open("ab") if log else nullcontext() as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            env=dict(environment) if environment is not None else None,
            start_new_session=True,
            cwd=folder,
            # Runs after the change of user, which would undo it. It only makes two system calls: safe beside threads.
            preexec_fn=_tie_to_parent(on_our_death),  # noqa: PLW1509
            **identity(user),
        )


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
    """Ask the child to end, wait up to `patience` seconds, then kill whatever is left of its group."""
    if process.poll() is None:
        process.send_signal(by)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    _kill_group(process.pid)
    process.wait()


def end_with_parent(sign: signal.Signals) -> None:
    """Get `sign` when the process that started us ends, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sign))


def identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What subprocess needs to run a child as `user` (only root can); nothing for None."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def alive(pid: int) -> bool:
    """Whether a process of this id exists (a zombie counts until it is waited for)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(happens: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Ask again and again; False when it has not happened after so many seconds."""
    limit = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > limit:
            return False
        time.sleep(pause)
    return True


def last_complaint(log: Path) -> str:
    """The last line of a log that names an error, else its last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    complaints = [line for line in lines if re.search(r"fatal|error", line, re.IGNORECASE)]
    return (complaints or lines or ["it gave no reason"])[-1]


def _kill_group(group: int) -> None:
    # The group's id is the child's: grandchildren whose parent died before them are still in it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _tie_to_parent(sign: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # we died in between
            os._exit(1)

    return tie
