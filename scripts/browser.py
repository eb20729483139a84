"""See to it that there is a Chromium for the browser tests: the system's, or Debian's by apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium or Chrome; CHROMIUM overrules."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install Debian's, as root or by a sudo that does not ask. Raises SystemExit with one sentence."""
    if not shutil.which("apt-get"):
        sys.exit("The browser tests need Chromium: install it, or set CHROMIUM to its path.")
    rights = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    print("Installing Chromium for the browser tests", flush=True)
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run([*rights, *command], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"Chromium could not be installed ({done.stderr.strip().splitlines()[-1:]}): install it yourself.")


if __name__ == "__main__":
    if not find():
        install()
