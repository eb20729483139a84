"""Secrets that a shopper's browser keeps in a cookie. We keep only their digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse


def new_token() -> str:
    """256 random bits, safe in a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps. Plain SHA-256 is enough for a secret of 256 bits (OWASP ASVS 5.0 V6.5.2)."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_name(name: str) -> str:
    """`name`, bound to exactly this host and to https where the installation runs on https."""
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name


def set_cookie(response: HttpResponse, name: str, token: str, *, life: timedelta) -> None:
    """Hand the secret to the browser: unreadable to scripts, never sent by other sites' forms."""
    response.set_cookie(
        cookie_name(name),
        token,
        max_age=life,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )


def drop_cookie(response: HttpResponse, name: str) -> None:
    """Let the browser forget the secret. A `__Host-` cookie is only replaced by one that is secure too."""
    set_cookie(response, name, "", life=timedelta(0))
