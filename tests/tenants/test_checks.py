"""System checks: what would let one shop see another's rows is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from tenants import checks

pytestmark = pytest.mark.django_db


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def test_this_installation_is_sound() -> None:
    assert checks.isolation_is_kept(None) == []
    assert checks.the_pooler_keeps_sessions(["default"]) == []


def test_an_old_django_tenants_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda package: "3.14.0")
    assert ids(checks.isolation_is_kept(None)) == ["dangol.E010"]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("DATABASES", {"default": {"OPTIONS": {"prepare_threshold": 5}}}, "dangol.E011"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", "dangol.E012"),
        ("USE_X_FORWARDED_HOST", True, "dangol.E013"),
    ],
)
def test_an_unsafe_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: Any, error: str) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, name, value)
    assert ids(checks.isolation_is_kept(None)) == [error]


class TransactionPooler:
    """A connection whose every statement may run on another server connection."""

    def __init__(self) -> None:
        self.used = [connections["default"].copy()]

    def cursor(self) -> Any:
        self.used.append(self.used[0].copy())
        return self.used[-1].cursor()

    def set_autocommit(self, autocommit: bool) -> None: ...

    def close(self) -> None:
        for used in self.used:
            used.close()


class Pooled:
    def copy(self) -> TransactionPooler:
        return TransactionPooler()


@pytest.fixture
def transaction_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "connections", {"default": Pooled()})


def test_a_pooler_in_transaction_mode_is_refused(transaction_pooler: None) -> None:
    assert ids(checks.the_pooler_keeps_sessions(["default"])) == ["dangol.E014"]


def test_without_a_database_to_check_nothing_is_probed(transaction_pooler: None) -> None:
    assert checks.the_pooler_keeps_sessions(None) == []
