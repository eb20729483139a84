"""Rate limits: counters in the cache, which keys them by tenant."""

from __future__ import annotations

import hashlib

from django.core.cache import cache


def exceeded(name: str, subject: str, *, limit: int, seconds: int) -> bool:
    """Count one try of `subject` (an address, an ip) and tell whether it is beyond `limit` in a window of `seconds`."""
    key = f"limit:{name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
    if cache.add(key, 1, timeout=seconds):
        return False
    try:
        return cache.incr(key) > limit
    except ValueError:  # ran out between add and incr
        return False
