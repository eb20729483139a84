"""Production's refusal: unsafe settings are named, all at once, and nothing starts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

LOCAL = ("localhost", "127.0.0.1", "::1")
NOT_SENDING = ("console", "dummy", "locmem", "filebased", "outbox")
# Work and counters must be shared by all processes, and outlive one.
SERVERS = {
    "CACHE_URL": ("redis", "rediss", "unix"),
    "BROKER_URL": ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps"),
}


def refuse_unsafe(settings: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured naming every unsafe setting by its environment variable, without its value."""
    problems = [*_keys(settings), *_addresses(settings), *_mail(settings), *_servers(settings, environment)]
    if problems:
        raise ImproperlyConfigured("Dangol refuses to start:\n" + "\n".join(f"  - {problem}" for problem in problems))


def warn_unusual(settings: Mapping[str, Any]) -> None:
    """Warn of settings that an installation may want, but that open something which is shut elsewhere."""
    if settings["EGRESS_ALLOWED"]:
        warnings.warn(
            "EGRESS_ALLOWED opens addresses inside the network to any merchant's requests: "
            + ", ".join(settings["EGRESS_ALLOWED"]),
            stacklevel=2,
        )


def _keys(settings: Mapping[str, Any]) -> Iterator[str]:
    secret = settings["SECRET_KEY"]
    if len(secret) < 50 or len(set(secret)) < 10 or secret.startswith("development"):
        yield "SECRET_KEY must be at least 50 random characters"
    if not settings["ENCRYPTION_KEYS"]:
        yield "ENCRYPTION_KEYS must hold at least one Fernet key"
    for number, key in enumerate(settings["ENCRYPTION_KEYS"], start=1):
        if not _is_key(key):
            yield f"ENCRYPTION_KEYS: key {number} is no Fernet key"


def _addresses(settings: Mapping[str, Any]) -> Iterator[str]:
    parts = urlsplit(settings["PUBLIC_URL"])
    if parts.scheme != "https":
        yield "PUBLIC_URL must begin with https://"
    host = parts.hostname or ""
    if host in LOCAL or host.endswith(".localhost") or not host:
        yield "PUBLIC_URL must name the host at which people reach this installation"


def _mail(settings: Mapping[str, Any]) -> Iterator[str]:
    if any(word in settings["EMAIL_BACKEND"] for word in NOT_SENDING) or settings["SHOW_OUTBOX"]:
        yield "EMAIL_URL must name a mail server, such as smtp+tls://user:password@host:587"
    elif not (settings.get("EMAIL_USE_TLS") or settings.get("EMAIL_USE_SSL")) and settings["EMAIL_HOST"] not in LOCAL:
        yield "EMAIL_URL must use TLS (smtp+tls:// or smtp+ssl://): codes and links travel in it"


def _servers(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    if not environment.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://")):
        yield "DATABASE_URL must name a PostgreSQL database, such as postgres://dangol:password@host/dangol"
    for name, schemes in SERVERS.items():
        if urlsplit(environment.get(name, "")).scheme not in schemes:
            yield f"{name} must name a server by one of: {', '.join(f'{scheme}://' for scheme in schemes)}"


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
