"""A merchant's program as the tests play it: a real server on this machine that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

PATIENCE = 14  # seconds a connection is held open at most


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What it heard, and what it answers: by path, else 200."""

    port: int = 0
    heard: list[Received] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    hangs: dict[str, Event] = field(default_factory=dict)  # what it waits for before it answers, by path

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str = "/hook") -> list[Received]:
        return [received for received in self.heard if received.path == path]

    def types(self, path: str = "/hook") -> list[str]:
        return [received.message["type"] for received in self.at(path)]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running one; its port is to be among EGRESS_ALLOWED."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.heard.append(Received(self.path, headers, body))
            if self.path in told.hangs:
                told.hangs[self.path].wait(PATIENCE)
            self.send_response(told.status.get(self.path, 200))
            for name, value in {**told.headers, "Content-Length": str(len(told.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 100
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever hangs up early is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
