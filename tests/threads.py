"""Running something at the same time on database connections of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Threads:
    """Starts functions in threads; each gives its database connection back when it ends."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool

    def start(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        def run() -> Any:
            try:
                return function(*args, **kwargs)
            finally:
                connection.close()

        return self.pool.submit(run)


@contextmanager
def threads(number: int = 8) -> Iterator[Threads]:
    """Up to `number` at once; leaving the block waits for all of them."""
    with ThreadPoolExecutor(number) as pool:
        yield Threads(pool)
