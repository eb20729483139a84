"""Timing, and the one line that a benchmark ends with."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any


def milliseconds(function: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def median_ms(function: Callable[[], Any], times: int) -> float:
    """The median of several calls, in milliseconds."""
    return statistics.median(milliseconds(function) for _ in range(times))


def report(name: str, value: float, unit: str, limit: float, **more: Any) -> None:
    """Print the benchmark's last line: value, the limit measured beside it, and their ratio."""
    line = {"name": name, "value": round(value, 2), "unit": unit, "limit": round(limit, 2)}
    print(json.dumps({**line, "ratio": round(value / limit, 4), **more}), flush=True)
