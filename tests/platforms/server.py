"""A small HTTP server in this process, on an address of its own, and the faults its API can be ordered to have."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from django.test import override_settings


@dataclass(frozen=True)
class Request:
    """What was asked, as far as the simulations look."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # by lower-case name
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """A document (or nothing) with status and headers."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Platform(Protocol):
    """What a simulation must be to be served."""

    def answer(self, request: Request) -> Answer: ...


@dataclass
class Trouble:
    """An order to misbehave for some requests."""

    times: int
    answer: Answer | None = None
    seconds: float = 0  # slow before anything else
    cut: bool = False  # the connection ends in the middle of the answer
    path: str = ""  # only for paths that contain this


class Server:
    """Serves one platform: `address` is its "127.0.0.1:port"; any free port when none is given."""

    def __init__(self, platform: Platform, *, port: int = 0) -> None:
        self.asked: list[Request] = []
        self._troubles: list[Trouble] = []
        self._httpd = _Quiet(("127.0.0.1", port), _handler(self, platform))
        self.address = f"127.0.0.1:{self._httpd.server_address[1]}"
        self.url = f"http://{self.address}"

    def limit(self, *, times: int = 1, retry_after: str = "2.0", path: str = "") -> None:
        """Answer 429 so often."""
        refusal = Answer({"errors": "Exceeded the limit"}, 429, {"Retry-After": retry_after} if retry_after else {})
        self._troubles.append(Trouble(times, refusal, path=path))

    def fail(self, *, times: int = 1, status: int = 500, path: str = "") -> None:
        """Answer with an error of the server, in HTML as such errors are."""
        self._troubles.append(Trouble(times, Answer("<html>oops</html>", status), path=path))

    def slow(self, seconds: float, *, times: int = 1, path: str = "") -> None:
        """Think for so long before answering."""
        self._troubles.append(Trouble(times, seconds=seconds, path=path))

    def cut(self, *, times: int = 1, path: str = "") -> None:
        """End the answer in its middle."""
        self._troubles.append(Trouble(times, cut=True, path=path))

    def trouble_for(self, request: Request) -> Trouble | None:
        """The next order that fits, used up by one."""
        for trouble in self._troubles:
            if trouble.times and trouble.path in request.path:
                trouble.times -= 1
                return trouble
        return None

    def start(self) -> None:
        threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


class _Quiet(ThreadingHTTPServer):
    """Does not mind callers who hang up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a caller lost patience, as some tests want it."""


@contextmanager
def serving(platform: Platform) -> Iterator[Server]:
    """The platform's API, reachable by our way out for the time being."""
    from django.conf import settings

    server = Server(platform)
    server.start()
    try:
        with override_settings(EGRESS_ALLOWED=[*getattr(settings, "EGRESS_ALLOWED", []), server.address]):
            yield server
    finally:
        server.stop()


def encoded(document: Any) -> bytes:
    """JSON as PHP and Ruby write it: numbers that are Decimal here are numbers there."""
    return json.dumps(document, default=_number, ensure_ascii=False).encode()


def _number(value: Any) -> float:
    assert isinstance(value, Decimal)
    return float(value)


def _handler(server: Server, platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            request = self._request()
            server.asked.append(request)
            trouble = server.trouble_for(request) or Trouble(0)
            time.sleep(trouble.seconds)
            self._write(trouble.answer or platform.answer(request), cut=trouble.cut)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

        def _request(self) -> Request:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Request(
                self.command, unquote(parts.path), dict(parse_qsl(parts.query)), headers, self.rfile.read(length)
            )

        def _write(self, answer: Answer, *, cut: bool) -> None:
            is_html = isinstance(answer.document, str)
            body = (
                answer.document.encode()
                if is_html
                else encoded(answer.document)
                if answer.document is not None
                else b""
            )
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/html" if is_html else "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, format: str, *args: object) -> None:
            """Be quiet."""

    return Handler
