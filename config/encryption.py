"""Secrets at rest. Fernet (AES-128-CBC with HMAC-SHA256) with rotatable keys from ENCRYPTION_KEYS, newest first."""

from __future__ import annotations

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(plain: str) -> str:
    """Ciphertext of `plain` under the newest key."""
    return _keys().encrypt(plain.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """The plain text. Raises cryptography.fernet.InvalidToken when no present key made it."""
    return _keys().decrypt(ciphertext.encode()).decode()


def rotate(ciphertext: str) -> str:
    """The same secret under the newest key."""
    return _keys().rotate(ciphertext.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
