"""The whole of Dangol as a visitor meets it: web server, worker, beat and services, with the demo's two shops."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from config import embedded, processes
from demo.shops import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds until the demo is ready, on a machine that does other things too


@dataclass(frozen=True)
class House:
    """A running demo. Shops are `cafe` and `bikes`; more can sign up."""

    port: int

    def url(self, path: str = "/", *, shop: str = "") -> str:
        """An address at a shop or, without, on the public host."""
        host = f"{shop}.localhost" if shop else "localhost"
        return f"http://{host}:{self.port}{path}"

    def sign_in(self, page: Page, shop: str, role: str) -> None:
        """Sign in as one of the demo's staff."""
        page.goto(self.url("/account/login/", shop=shop))
        page.locator("input[name=login]").fill(f"{role}@{shop}.example")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/backoffice/**")

    def code_for(self, address: str) -> str:
        """The newest one-time code sent to an address, read in the outbox. Waits for it."""
        found: list[str] = []

        def arrived() -> bool:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}/outbox/", headers={"Host": "localhost"})
            with urllib.request.urlopen(request) as answer:
                shown = answer.read().decode()
            mails = shown.split("<article")[1:]
            codes = [re.search(r'value="(\d{3}[ -]?\d{3})"', mail) for mail in mails if address in mail]
            found[:] = [code[1] for code in codes if code]
            return bool(found)

        assert processes.wait_until(arrived, seconds=30, pause=0.3), f"no code for {address} in the outbox"
        return re.sub(r"\D", "", found[0])


@contextmanager
def running_house(days: int = 3) -> Iterator[House]:
    """Start a demo of its own, with a few days of orders, and stop it at the end."""
    home = Path(tempfile.mkdtemp(prefix="dangol-house-"))
    home.chmod(0o711)
    port, log = free_port(), home / "demo.log"
    command = [sys.executable, "-m", "demo", "--home", str(home), "--port", str(port), "--days", str(days)]
    process = processes.start(command, log=log, folder=ROOT)
    try:
        processes.wait_until(
            lambda: process.poll() is not None or "Ctrl-C" in log.read_text(), seconds=PATIENCE, pause=0.2
        )
        assert process.poll() is None, log.read_text()
        assert "Ctrl-C" in log.read_text(), log.read_text()
        yield House(port)
    finally:
        processes.stop(process, patience=40)
        shutil.rmtree(embedded.place(home), ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
