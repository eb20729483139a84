"""The cache, which nobody waits for: while Valkey is away, nothing is remembered and every page still answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as CannotConnect
from redis.exceptions import TimeoutError as TooSlow

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis backend that answers as an empty cache would when the server cannot be reached.

    Rate limits then let everybody through: tries at a one-time code are counted in the database all the same.
    """

    def get(self, *args: Any, **kwargs: Any) -> Any:
        default = kwargs.get("default", args[1] if len(args) > 1 else None)
        return _or(default, super().get, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return _or({}, super().get_many, *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return _or(True, super().add, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return _or(None, super().set, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return _or([], super().set_many, *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return _or(1, super().incr, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return _or(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return _or(False, super().delete, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return _or(False, super().has_key, *args, **kwargs)


def _or(otherwise: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return ask(*args, **kwargs)
    except (CannotConnect, TooSlow):
        log.warning("cache_away")
        return otherwise
