"""Requests at a fixed rate. Each is timed from when it was due, so a server that stalls cannot hide it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """What to ask a server on this machine for."""

    port: int
    path: str
    headers: Mapping[str, str]


def fetch(page: Page) -> tuple[int, bytes, Mapping[str, str]]:
    """Status, body and headers (in lower case) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
    connection.request("GET", page.path, headers=dict(page.headers))
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body, {name.lower(): value for name, value in response.getheaders()}


def latencies(page: Page, *, rate: float, seconds: float, connections: int = 2) -> list[float]:
    """Milliseconds from due time to last byte of `rate × seconds` requests, spread over some kept connections."""
    found: list[float] = []
    interval = connections / rate
    start = time.perf_counter() + 0.05
    threads = [
        threading.Thread(target=_ask, args=(page, start + n / rate, interval, round(seconds / interval), found))
        for n in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == connections * round(seconds / interval), "a request failed"
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all stays within."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _ask(page: Page, start: float, interval: float, times: int, found: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
    connection.connect()
    for n in range(times):
        due = start + n * interval
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.request("GET", page.path, headers=dict(page.headers))
        response = connection.getresponse()
        response.read()
        assert response.status == 200, (page.path, response.status)
        found.append((time.perf_counter() - due) * 1000)
    connection.close()
