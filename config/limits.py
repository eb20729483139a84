"""Rate limits: counters in the cache, which keys them by tenant."""

from __future__ import annotations

import hashlib
import ipaddress

from django.core.cache import cache


def exceeded(name: str, subject: str, *, limit: int, seconds: int) -> bool:
    """Count one try of `subject` (an address, an ip) and tell whether it is beyond `limit` in a window of `seconds`."""
    key = _key(name, subject)
    if cache.add(key, 1, timeout=seconds):
        return False
    try:
        count = cache.incr(key)
    except ValueError:  # ran out between add and incr
        return False
    if count == 1:  # ran out within incr, which began again, but for ever
        cache.touch(key, seconds)
    return count > limit


def network(ip: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 that a single line of IPv6 has to itself (RFC 6177)."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if address.version == 4 or address.ipv4_mapped:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def forget(name: str, subject: str) -> None:
    """Begin anew: a try that succeeded does not count against the next ones."""
    cache.delete(_key(name, subject))


def _key(name: str, subject: str) -> str:
    return f"limit:{name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
