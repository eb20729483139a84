"""Production refuses to start on unsafe settings, naming each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAFE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnop",
    "ENCRYPTION_KEYS": "5yPBxKRHqPkRcvOlhvyNUhXo1tJvZyQ6oFJgtTeo0Xk=",
    "PUBLIC_URL": "https://rewards.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DATABASE_URL": "postgres://dangol@db.example/dangol",
    "CACHE_URL": "redis://cache.example/1",
    "BROKER_URL": "redis://cache.example/0",
}
OWN = {*SAFE, "ALLOWED_HOSTS", "DEBUG"}


def start(**changes: str | None) -> str:
    """What production says when it starts with these settings changed; None leaves one out. Empty: it starts."""
    environment = {name: value for name, value in os.environ.items() if name not in OWN}
    environment |= {name: value for name, value in {**SAFE, **changes}.items() if value is not None}
    code = "from django.conf import settings; settings.DEBUG"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stderr


def test_it_starts_on_safe_settings() -> None:
    assert start() == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "development-only-not-a-secret"),
        ("SECRET_KEY", "a" * 60),
        ("ENCRYPTION_KEYS", None),
        ("ENCRYPTION_KEYS", "not-a-key"),
        ("ENCRYPTION_KEYS", "5yPBxKRHqPkRcvOlhvyNUhXo1tJvZyQ6oFJgtTeo0Xk=,broken"),
        ("PUBLIC_URL", None),
        ("PUBLIC_URL", "http://rewards.example"),
        ("PUBLIC_URL", "https://localhost"),
        ("EMAIL_URL", None),
        ("EMAIL_URL", "consolemail://"),
        ("EMAIL_URL", "smtp://mail.example:25"),
        ("DATABASE_URL", None),
        ("DATABASE_URL", "sqlite:///dangol.db"),
        ("CACHE_URL", None),
        ("BROKER_URL", None),
        ("BROKER_URL", "memory://"),
    ],
)
def test_it_names_what_is_unsafe(name: str, value: str | None) -> None:
    said = start(**{name: value})
    assert "Dangol refuses to start" in said
    assert name in said


def test_it_names_everything_at_once() -> None:
    said = start(SECRET_KEY="short", PUBLIC_URL="http://rewards.example", EMAIL_URL=None)
    assert all(name in said for name in ("SECRET_KEY", "PUBLIC_URL", "EMAIL_URL"))


def test_it_does_not_print_the_secrets() -> None:
    assert "smtp-password" not in start(EMAIL_URL="smtp://user:smtp-password@mail.example", SECRET_KEY="short-secret")


def test_it_starts_but_warns_of_addresses_opened_inside_the_network() -> None:
    said = start(EGRESS_ALLOWED="intranet.example:80")
    assert "EGRESS_ALLOWED" in said
    assert "intranet.example:80" in said
