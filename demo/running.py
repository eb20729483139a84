"""The order in which the demo starts: services, database and shops, web server and workers, the orders of 90 days."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from cryptography.fernet import Fernet

from config import embedded, processes
from config.embedded import CannotStartError
from demo import welcome
from demo.supervision import Supervisor

ROOT = Path(__file__).resolve().parent.parent
STATIC_SOURCES = ("static", "assets/vendor", "requirements.txt")


def run(supervisor: Supervisor, *, home: Path, port: int, days: int) -> NoReturn:
    """Start everything, say where it is, and stay until stopped. Raises Stopped or CannotStartError."""
    began = time.monotonic()
    check_port(port)
    home = embedded.place(home)
    with embedded.plain_errors(home):
        say("Starting PostgreSQL and Valkey")
        services = supervisor.kept.enter_context(embedded.services(home))
        for name, (process, log) in services.processes.items():
            supervisor.watch(name, process, log)
        environment = {**os.environ, **settings(home, port, days), **services.addresses.environment()}
        environment |= web_shop(supervisor, home, environment)
        prepare(supervisor, home, environment)
        serve(supervisor, home, port, environment)
        open_for_trade(supervisor, home, environment)
    print(welcome.words(port, seconds=time.monotonic() - began), flush=True)
    supervisor.wait()


def prepare(supervisor: Supervisor, home: Path, environment: dict[str, str]) -> None:
    """Bring the database up to the code and open the shops; beside it, gather the static files when they changed."""
    say("Preparing the database and the shops")
    with supervisor.step(
        "Preparing the database", ["-m", "demo.opening"], log=home / "opening.log", environment=environment
    ):
        stamp, now = home / "static.stamp", static_digest()
        if not (stamp.exists() and stamp.read_text() == now):
            command = ["manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
            with supervisor.step(
                "Gathering the static files", command, log=home / "static.log", environment=environment
            ):
                pass
            stamp.write_text(now)


def open_for_trade(supervisor: Supervisor, home: Path, environment: dict[str, str]) -> None:
    """Start the worker and, the first time, deliver the orders of the past and wait until they are processed."""
    delivered = home / "delivered"
    if delivered.exists():
        work(supervisor, home, environment)
        return
    talk(supervisor, "Delivering the orders", "send", environment)
    # Only now: what has gathered in the inbox is done in large batches, in half the time.
    work(supervisor, home, environment)
    talk(supervisor, "Processing the orders", "wait", environment)
    say("Letting regulars take their rewards")
    with supervisor.step("The regulars", ["-m", "demo.regulars"], log=home / "regulars.log", environment=environment):
        pass
    delivered.touch()


def talk(supervisor: Supervisor, name: str, verb: str, environment: dict[str, str]) -> None:
    """Run a step of demo.delivering, which tells the terminal how far it is."""
    with supervisor.step(name, ["-m", "demo.delivering", verb], log=None, environment=environment):
        pass


def serve(supervisor: Supervisor, home: Path, port: int, environment: dict[str, str]) -> None:
    """Start the web server and wait until it is ready."""
    say("Starting the web server")
    web = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "2",
           "--workers-kill-timeout", "5", "--no-ws", "config.wsgi:application"]  # fmt: skip
    supervisor.start("The web server", web, log=home / "web.log", environment=environment)
    if not processes.wait_until(lambda: is_ready(supervisor, port), seconds=60):
        raise CannotStartError(f"The web server does not become ready; see {home / 'web.log'}.")


def work(supervisor: Supervisor, home: Path, environment: dict[str, str]) -> None:
    """Start a worker, and beat, which wakes it."""
    celery = ["-m", "celery", "--app", "config.celery"]
    worker = [*celery, "worker", "--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]
    supervisor.start("The worker", worker, log=home / "worker.log", environment=environment)
    supervisor.start("Beat", beat, log=home / "beat.log", environment=environment)


def web_shop(supervisor: Supervisor, home: Path, environment: dict[str, str]) -> dict[str, str]:
    """Start the simulated web shop of the bike shop; what the other processes must know of it."""
    began = home / "webshop.began"
    if not began.exists():
        began.write_text(datetime.now(UTC).isoformat())
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    known = {"EGRESS_ALLOWED": f"127.0.0.1:{port}", "WEBSHOP_PORT": str(port)}
    own = {"WEBSHOP_BEGAN": began.read_text(), "WEBSHOP_FILE": str(home / "webshop.json")}
    log = home / "webshop.log"
    supervisor.start("The web shop", ["-m", "demo.webshop"], log=log, environment={**environment, **known, **own})
    return known


def settings(home: Path, port: int, days: int) -> dict[str, str]:
    """The environment of all processes; keys are made once for each copy of the demo."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.demo",
        "PUBLIC_URL": f"http://localhost:{port}",
        "OUTBOX": str(home / "outbox"),
        "STATIC_ROOT": str(home / "static"),
        "MEDIA_ROOT": str(home / "media"),
        "PYTHONUNBUFFERED": "1",
        "DEMO_DAYS": str(days),
        **keys(home),
    }


def keys(home: Path) -> dict[str, str]:
    """SECRET_KEY and ENCRYPTION_KEYS of this copy."""
    file = home / "keys.json"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(
            json.dumps({"SECRET_KEY": secrets.token_urlsafe(60), "ENCRYPTION_KEYS": Fernet.generate_key().decode()})
        )
    kept: dict[str, str] = json.loads(file.read_text())
    return kept


def check_port(port: int) -> None:
    """Raise CannotStartError when the port cannot be had."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStartError(f"Port {port} is for root only: choose another by `make demo PORT=8000`.") from None
        except OSError:
            raise CannotStartError(
                f"Port {port} is taken by another program: stop it, or choose another by `make demo PORT={port + 1}`."
            ) from None


def is_ready(supervisor: Supervisor, port: int) -> bool:
    """Whether the web server answers that database and cache work."""
    supervisor.check()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            return connection.getresponse().status == 200
        except OSError:
            return False


def static_digest() -> str:
    """Changes when a static file does."""
    seen = hashlib.sha256()
    for path in static_files():
        about = path.stat()
        seen.update(f"{path}:{about.st_size}:{about.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def static_files() -> Iterator[Path]:
    """Every file that ends up among the static files, and the list of packages that bring their own."""
    for name in STATIC_SOURCES:
        source = ROOT / name
        yield from [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())


def say(text: str) -> None:
    print(text, flush=True)
