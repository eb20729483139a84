"""The one way out: every request to an address that a merchant or a platform named goes through `send`.

It refuses what is not on the public internet, after looking the name up and with the connection pinned to what was
judged, so that neither a name that answers differently the second time nor a redirect leads inside. It follows no
redirect, keeps no cookie, asks no proxy of the environment, decompresses nothing, and ends at its deadline.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext

import httpcore
import httpx
from django.conf import settings

from config.pinned import Deadline, PinnedBackend, Refused, Unreachable, addresses_of

__all__ = ["Refused", "Reply", "Unreachable", "check", "send"]

LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}
HOST = re.compile(rb"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")  # a name, an IPv4 or an IPv6 address


@dataclass(frozen=True)
class Reply:
    """What came back: headers by lower-case name, at most the bytes asked for (`truncated` when there were more)."""

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool
    seconds: float


@dataclass(frozen=True)
class Target:
    """Where a request goes, judged by the looks of its address."""

    url: httpcore.URL
    authority: str  # for the Host header
    host: str
    port: int
    anywhere: bool  # named in EGRESS_ALLOWED: may be private, and plain http


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    connect_seconds: float = 5,
    total_seconds: float = 15,
    max_bytes: int = 64 * 1024,
) -> Reply:
    """Send one request and return the answer, whatever its status.

    Raises Refused when the address may not be spoken to, Unreachable when no proper answer came in time.
    """
    started = time.monotonic()
    target = _target(url)
    backend = PinnedBackend(Deadline(total_seconds), connect_seconds=connect_seconds, anywhere=target.anywhere)
    asked = {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close", **(headers or {})}
    pool = httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend, max_connections=1)
    try:
        with pool, pool.stream(method, target.url, headers=_encoded(asked, body), content=body or None) as answer:
            content, truncated = _read(answer, max_bytes)
            seconds = time.monotonic() - started
            return Reply(answer.status, _decoded(answer.headers), content, truncated, seconds)
    except httpcore.LocalProtocolError:
        raise Refused("malformed") from None
    except (httpcore.NetworkError, httpcore.ProtocolError):
        raise Unreachable("connection") from None


def check(url: str, *, seconds: float = 5) -> None:
    """Raise Refused when `send` would refuse this address now; Unreachable when its name is not told in time."""
    target = _target(url)
    addresses_of(target.host, target.port, deadline=Deadline(seconds), anywhere=target.anywhere)


def _target(url: str) -> Target:
    """Judge an address by its looks. Raises Refused ("malformed", "scheme", "userinfo", "port")."""
    parsed = _parsed(url)
    port = parsed.port or PORTS[parsed.scheme]
    host = parsed.raw_host.decode("ascii")
    allowed = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") in settings.EGRESS_ALLOWED
    if parsed.scheme == "http" and not allowed:
        raise Refused("scheme")
    if port not in settings.EGRESS_PORTS and not allowed:
        raise Refused("port")
    address = httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=port, target=parsed.raw_path)
    return Target(address, parsed.netloc.decode("ascii"), host, port, allowed)


def _parsed(url: str) -> httpx.URL:
    if len(url) > LONGEST_URL or any(sign.isspace() or sign == "\\" for sign in url):
        raise Refused("malformed")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Refused("malformed") from None
    if parsed.scheme not in PORTS:
        raise Refused("scheme")
    if parsed.userinfo or "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise Refused("userinfo")
    if not HOST.fullmatch(parsed.raw_host) or parsed.port == 0:
        raise Refused("malformed")
    return parsed


@lru_cache(maxsize=1)
def _trusted() -> SSLContext:
    """The authorities of certifi, or those of SSL_CERT_FILE where the installation names its own."""
    return httpx.create_ssl_context()


def _encoded(headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    encoded = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
    if body or not any(name.lower() == "content-length" for name in headers):
        encoded.append((b"Content-Length", str(len(body)).encode()))
    return encoded


def _decoded(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; one said several times is joined by commas."""
    told: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        told[name] = f"{told[name]}, {value}" if name in told else value
    return told


def _read(answer: httpcore.Response, max_bytes: int) -> tuple[bytes, bool]:
    """The answer's body up to `max_bytes`, and whether more would have come. The rest is never read."""
    content = bytearray()
    for piece in answer.iter_stream():
        content += piece
        if len(content) > max_bytes:
            return bytes(content[:max_bytes]), True
    return bytes(content), False
