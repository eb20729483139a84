"""Dangol served by this process from the test database, for pages of shops whose every row a test has arranged."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class QuietHandler(WSGIRequestHandler):
    """Answers without telling the terminal."""

    disable_nagle_algorithm = True  # headers and body are two packets: the second must not wait for a belated ACK

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: failures are logged by Django, answers are looked at by the tests."""


class Server(ThreadedWSGIServer):
    """Knows its connections: a browser keeps them open, and with each the thread and its database session."""

    daemon_threads = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection, and wait for the threads."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that left a page hangs up on what it had asked for; nothing else comes here."""


@contextmanager
def running_server() -> Iterator[int]:
    """Serve until the block ends; the port. The database must be open to this process's threads."""
    server = Server(("127.0.0.1", 0), QuietHandler)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.hang_up()
        thread.join(timeout=10)
