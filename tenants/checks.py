"""System checks of tenancy that need the database or a package's version. Run by `migrate_fleet` and `check`."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

SAFE_VERSION = (4, 0, 1)


@register()
def isolation_is_kept(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Versions and settings without which one tenant's connection could show another's rows."""
    errors: list[CheckMessage] = []
    if installed_version() < SAFE_VERSION:
        hint = "Earlier versions return another tenant's rows after a rolled back savepoint (its issue 1262)."
        errors.append(Error("django-tenants must be 4.0.1 or later", hint=hint, id="dangol.E010"))
    if settings.DATABASES["default"].get("OPTIONS", {}).get("prepare_threshold") is not None:
        hint = "While a fleet is half migrated, tables of one name differ and cached plans fail."
        errors.append(Error("prepared statements must stay off", hint=hint, id="dangol.E011"))
    if settings.SESSION_ENGINE != "tenants.sessions":
        errors.append(Error("sessions must be sealed: SESSION_ENGINE = 'tenants.sessions'", id="dangol.E012"))
    if settings.USE_X_FORWARDED_HOST:
        errors.append(Error("X-Forwarded-Host must not choose the merchant", id="dangol.E013"))
    return errors


@register(Tags.database)
def the_pooler_keeps_sessions(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a pooler in transaction mode: it hands a search path set for one shop to the next one's query."""
    if "default" not in (databases or []) or keeps_its_session():
        return []
    hint = "Use session mode, or connect to PostgreSQL directly."
    return [Error("DATABASE_URL leads to a pooler in transaction mode", hint=hint, id="dangol.E014")]


def installed_version() -> tuple[int, ...]:
    """django-tenants' version as numbers."""
    text = importlib.metadata.version("django-tenants")
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def keeps_its_session() -> bool:
    """Whether a connection finds again what it has set, after another one had the chance to take its place."""
    first, second = connections["default"].copy(), connections["default"].copy()
    try:
        with first.cursor() as cursor:
            cursor.execute("SELECT set_config('dangol.probe', 'ours', false)")
        second.set_autocommit(False)  # an open transaction takes the server connection that is free now
        with second.cursor() as cursor:
            cursor.execute("SELECT 1")
        with first.cursor() as cursor:
            cursor.execute("SELECT current_setting('dangol.probe', true)")
            return bool(cursor.fetchone()[0] == "ours")
    finally:
        for connection in (first, second):
            connection.close()
