"""Shopify's side of the wire: processes that send ready-made, signed deliveries over kept connections.

Raw sockets, so that the senders take as little of the machine as they can. Every delivery has an order, a webhook id
and a signature of its own; they are made before the clock starts.
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from benchmarks._shopify import TOPIC, body, signature, template

PROCESSES = 2
CONNECTIONS = 4  # of each process
MOST = 3_000  # deliveries a second that are made ready, of all processes together


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send."""

    port: int
    host: str
    path: str


def as_fast_as_possible(target: Target, *, seconds: float) -> float:
    """Deliveries a second that were answered 202 within the time."""
    return sum(len(times) for times in _all(target, seconds, 0.0)) / seconds


def at_rate(target: Target, *, rate: float, seconds: float) -> list[float]:
    """Milliseconds from when each delivery was due to its answer."""
    return [ms for times in _all(target, seconds, rate) for ms in times]


def _all(target: Target, seconds: float, rate: float) -> list[list[float]]:
    context = multiprocessing.get_context("spawn")
    barrier, found = context.Barrier(PROCESSES), context.Queue()
    senders = [context.Process(target=_work, args=(target, seconds, rate / PROCESSES, barrier, found)) for _ in range(PROCESSES)]  # fmt: skip  # noqa: E501
    for sender in senders:
        sender.start()
    answers = [found.get(timeout=seconds + 30) for _ in senders]
    for sender in senders:
        sender.join()
    return answers


def _work(target: Target, seconds: float, rate: float, barrier: Any, found: Any) -> None:
    made_of, number = template(), int((rate or MOST / PROCESSES) * seconds) + CONNECTIONS
    ready = [_delivery(target, body(made_of, n, buyers=1_000, at=datetime.now(UTC))) for n in range(number)]
    barrier.wait()
    found.put(_send(target, ready, seconds, rate))


def _delivery(target: Target, content: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.host}",
        "X-Forwarded-Proto: https",
        "User-Agent: Shopify-Captain-Hook",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        f"X-Shopify-Topic: {TOPIC}",
        f"X-Shopify-Hmac-Sha256: {signature(content)}",
        f"X-Shopify-Webhook-Id: {uuid4()}",
        f"X-Shopify-Event-Id: {uuid4()}",
        "X-Shopify-Shop-Domain: bench.myshopify.com",
        "X-Shopify-API-Version: 2026-10",
        "X-Shopify-Triggered-At: 2026-11-21T12:00:00.000000000Z",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


_TEMPLATE = template()


class _Wire:
    """One kept connection, with at most one delivery under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due, self._read = 0.0, b""

    def send(self, delivery: bytes, due: float) -> None:
        """Send one, which was due then."""
        self.due, self._read = due, b""
        self.socket.sendall(delivery)

    def answered(self) -> bool:
        """Read what there is; whether that completes the answer. Any other answer than 202 is an error."""
        self._read += self.socket.recv(65536)
        head, blank, rest = self._read.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202"), self._read[:500]
        stated = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return bool(blank) and len(rest) >= int(stated[1] if stated else 0)


def _send(target: Target, ready: list[bytes], seconds: float, rate: float) -> list[float]:
    """Send one after another, at the rate or as fast as answers come; milliseconds of each that came in time."""
    selector, times, sent = selectors.DefaultSelector(), [], 0
    idle = [_Wire(target.port) for _ in range(CONNECTIONS)]
    for wire in idle:
        selector.register(wire.socket, selectors.EVENT_READ, wire)
    start = time.perf_counter()
    end = start + seconds
    while (now := time.perf_counter()) < end or len(idle) < CONNECTIONS:
        while idle and now < end and (due := start + sent / rate if rate else now) <= now:
            idle.pop().send(ready[sent], due)
            sent += 1
        for key, _events in selector.select(0.001 if rate else 0.1):
            if key.data.answered():
                idle.append(key.data)
                answered = time.perf_counter()
                times += [(answered - key.data.due) * 1000] if rate or answered <= end else []
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return times
