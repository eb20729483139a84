"""Production's refusal: unsafe settings are named, all at once, and nothing starts."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe(settings: dict[str, Any], *, public_url: str) -> None:
    """Raise ImproperlyConfigured naming every unsafe setting by its environment variable."""
    problems = list(_problems(settings, public_url))
    if problems:
        raise ImproperlyConfigured("Dangol refuses to start:\n" + "\n".join(f"  - {problem}" for problem in problems))


def _problems(settings: dict[str, Any], public_url: str) -> list[str]:
    found = []
    secret = settings["SECRET_KEY"]
    if len(secret) < 50 or secret.startswith("development"):
        found.append("SECRET_KEY must be set to at least 50 random characters")
    if not settings["ENCRYPTION_KEYS"]:
        found.append("ENCRYPTION_KEYS must hold at least one Fernet key")
    found.extend(
        f"ENCRYPTION_KEYS: key {n} is no Fernet key"
        for n, k in enumerate(settings["ENCRYPTION_KEYS"], 1)
        if not _is_key(k)
    )
    if not public_url.startswith("https://"):
        found.append("PUBLIC_URL must be https://…")
    if "localhost" in public_url:
        found.append("PUBLIC_URL must not be localhost")
    if settings["EMAIL_BACKEND"].endswith(("console.EmailBackend", "dummy.EmailBackend", "locmem.EmailBackend")):
        found.append("EMAIL_URL must name a mail server, e.g. smtp+tls://user:password@host:587")
    return found


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
