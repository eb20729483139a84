"""Making a schema, and bringing one up, from the recorded SQL (tenants/recording.py)."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django_tenants.utils import schema_context

from tenants.models import MigrationSQL
from tenants.recording import PUBLISHING

# An empty table has no readers to spare, and a transaction does not allow it.
CONCURRENTLY = re.compile(r"^(CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY", re.IGNORECASE)


class NothingRecorded(RuntimeError):
    """There is no recording to make a schema from: `manage.py migrate_fleet` has not been run."""


def new_schema_name() -> str:
    """An opaque name, `t_` and 80 random bits in base32: never anything a person typed."""
    return "t_" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


def build_schema(schema_name: str) -> str:
    """Make the schema with all its tables in one transaction and return its version. Raises NothingRecorded."""
    with transaction.atomic():
        hold_publishing()
        recordings = list(MigrationSQL.objects.order_by("position"))
        if not recordings:
            raise NothingRecorded("Run manage.py migrate_fleet first.")
        statements = [CONCURRENTLY.sub(r"\1", text) for recording in recordings for text in recording.statements]
        with schema_context(schema_name):
            run([f'CREATE SCHEMA "{schema_name}"', *statements])
            write_records(schema_name, recordings)
    return recordings[-1].version


def hold_publishing() -> None:
    """Until this transaction ends no new recording appears, so a schema made in it is never overlooked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [PUBLISHING])


def run(statements: Sequence[str]) -> None:
    """Send the statements one by one without waiting for each answer (PostgreSQL's pipeline), in the active schema."""
    with connection.cursor():  # sets the search path of the active schema
        raw = connection.connection
    with connection.wrap_database_errors, raw.pipeline(), raw.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def write_records(schema_name: str, recordings: Iterable[MigrationSQL]) -> None:
    """List the recordings' migrations as applied in the schema's own django_migrations."""
    names = [name for recording in recordings for name in recording.records]
    if names:
        values = ", ".join(["(%s, %s, now())"] * len(names))
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{schema_name}".django_migrations (app, name, applied) VALUES {values}',  # noqa: S608
                [part for name in names for part in name],
            )
