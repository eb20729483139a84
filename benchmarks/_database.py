"""A database of a benchmark's own: made, migrated, and dropped at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")  # before config, which means production
os.environ.setdefault("LOG_LEVEL", "WARNING")

from config import embedded


@contextmanager
def scratch_database() -> Iterator[None]:
    """Django stands on a fresh, migrated database for the time of the block; processes started inside inherit it.

    On DATABASE_URL's server (with CACHE_URL and BROKER_URL) when given, else on an embedded one. The settings are
    DJANGO_SETTINGS_MODULE's, or development's. Import nothing of Django's models before.
    """
    with _services():
        server = os.environ["DATABASE_URL"]
        name = f"bench_{uuid4().hex[:12]}"
        _run(server, f"CREATE DATABASE {name}")
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            _migrate()
            yield
        finally:
            os.environ["DATABASE_URL"] = server
            _leave()
            _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _services() -> Iterator[None]:
    if {"DATABASE_URL", "CACHE_URL", "BROKER_URL"} <= os.environ.keys():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="dangol-bench-") as folder, embedded.services(Path(folder)) as running:
        os.environ.update(running.addresses.environment())
        yield


def _migrate() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    with Path(os.devnull).open("w") as nowhere:
        call_command("migrate_fleet", pool=0, stdout=nowhere)


def _leave() -> None:
    from django.apps import apps
    from django.db import connections

    if apps.ready:
        connections.close_all()


def _run(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
