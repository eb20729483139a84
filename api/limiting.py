"""How often a key may ask, told as the IETF draft ratelimit-headers-10 has it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from api.models import ApiKey
from config import limits
from config.problems import Refused

SECONDS = 60
WRONG_KEYS = 20  # of one network in a minute, before it is told to wait


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a key's calls in the present minute."""

    limit: int
    remaining: int
    seconds: int  # until there are new ones

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit`."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={SECONDS}',
            "RateLimit": f'"key";r={self.remaining};t={self.seconds}',
        }


def spend(key: ApiKey) -> Quota:
    """Count one call of this key. Raises 429 when there was none left. One round trip to the cache."""
    limit, now = settings.API_CALLS_PER_MINUTE, time.time()
    window, seconds = int(now // SECONDS), SECONDS - int(now % SECONDS)
    used = _count(f"api:calls:{key.pk}:{window}")
    quota = Quota(limit, max(limit - used, 0), seconds)
    if used > limit:
        raise Refused(
            429, "too_many_requests", f"This key may make {limit} calls a minute.",
            headers={**quota.headers, "Retry-After": str(seconds)},
        )  # fmt: skip
    return quota


def count_wrong_key(ip: str) -> None:
    """Raise 429 for a network that keeps trying keys that do not exist."""
    if limits.exceeded("api_key", limits.network(ip), limit=WRONG_KEYS, seconds=SECONDS):
        raise Refused(
            429, "too_many_wrong_keys", "Too many wrong keys. Try again in a minute.",
            headers={"Retry-After": str(SECONDS)},
        )  # fmt: skip


def _count(name: str) -> int:
    try:
        return int(cache.incr(name))
    except ValueError:  # the first in this minute
        return 1 if cache.add(name, 1, timeout=2 * SECONDS) else int(cache.incr(name))
