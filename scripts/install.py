"""Make `.venv` and install the locked packages into it: `python3 scripts/install.py [--dev]`.

It runs with whatever `python3` is at hand, so it is written for old ones too (3.7 on). Nothing is done when nothing
changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
NEEDED_MEGABYTES = 700
# What pip says, and what it means to a person.
PLAIN_WORDS = (
    (r"No space left on device", "The disk is full: {place} needs about {size} MB."),
    (r"[Pp]ermission denied", "Dangol may not write to {place}: check who owns it."),
    (
        r"command '\S*(cc|clang|\+\+)\S*' failed|No such file or directory: '\S*(cc|clang)'|fatal error: Python.h",
        "A package has to be compiled here and there is no C compiler: install gcc and Python's headers"
        " (on Debian and Ubuntu: apt install gcc python3-dev).",
    ),
    (r"DO NOT MATCH THE HASHES", "A downloaded package is not the one that was locked, so nothing was installed."),
    (
        r"Connection|ConnectTimeout|ReadTimeout|Name or service|Temporary failure|No matching distribution",
        "The packages cannot be downloaded: check the network and pip's settings.",
    ),
)


class CannotInstallError(Exception):
    """The text is one sentence for the person at the terminal."""


def main(arguments: list[str]) -> int:
    files = ["requirements.txt"] + (["requirements-dev.txt"] if "--dev" in arguments else [])
    stamp = os.path.join(VENV, ".installed-dev" if "--dev" in arguments else ".installed")
    try:
        check_python()
        wanted = digest(files)
        if not (os.path.exists(PYTHON) and read(stamp) == wanted):
            check_space()
            make_environment()
            install(files)
            write(stamp, wanted)
    except CannotInstallError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Dangol cannot use {problem.filename or VENV}: {problem.strerror}.", file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    """Go on with a newer Python when this one is too old and there is another. Raises CannotInstallError."""
    if sys.version_info >= (3, 11):  # noqa: UP036  (that is what it finds out)
        return
    for minor in range(14, 10, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])  # noqa: S606
    found = ".".join(str(part) for part in sys.version_info[:2])
    raise CannotInstallError(f"Dangol needs Python 3.11 or newer, and this is {found}.")


def check_space() -> None:
    """Raises CannotInstallError when the packages would not fit."""
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < NEEDED_MEGABYTES:
        raise CannotInstallError(f"The disk is almost full: {free} MB left, and Dangol needs {NEEDED_MEGABYTES} MB.")


def make_environment() -> None:
    """Make .venv, unless there is one that works. Raises CannotInstallError."""
    made_here = VENV in read(os.path.join(VENV, "pyvenv.cfg"))  # its programs name the folder they were made in
    if made_here and works([PYTHON, "-m", "pip", "--version"]):
        return
    if not works([sys.executable, "-c", "import venv, ensurepip"]):
        raise CannotInstallError(
            "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)."
        )
    print("Making .venv", flush=True)
    run([sys.executable, "-m", "venv", "--clear", VENV])


def install(files: list[str]) -> None:
    """Install exactly what is locked, each file checked against its hash. Raises CannotInstallError."""
    print(f"Installing the packages of {' and '.join(files)}: the first time takes a minute or two", flush=True)
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    wanted = [part for file in files for part in ("-r", os.path.join(ROOT, file))]
    run([PYTHON, "-m", "pip", "install", *quietly, "--require-hashes", *wanted])


def run(command: list[str]) -> None:
    """Run quietly; turn a failure into one sentence. Raises CannotInstallError."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0:
        return
    for pattern, words in PLAIN_WORDS:
        if re.search(pattern, done.stdout):
            raise CannotInstallError(words.format(place=VENV, size=NEEDED_MEGABYTES))
    raise CannotInstallError("The installation failed:\n" + done.stdout.strip())


def works(command: list[str]) -> bool:
    """Whether a command succeeds."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def digest(files: list[str]) -> str:
    """Changes when the locked packages or this Python change, or the folder was moved."""
    parts = [sys.version, VENV, *(read(os.path.join(ROOT, file)) for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read(path: str) -> str:
    """A file's text; empty when there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path: str, text: str) -> None:
    """Replace a file's text."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
