"""Bringing every schema up to the present migrations, one short transaction each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django_tenants.utils import schema_context

from tenants import building, installation, recording
from tenants.alarms import describe
from tenants.models import MigrationSQL
from tenants.provisioning import refill_pool

log = structlog.get_logger(__name__)

ONE_AT_A_TIME = 0x64616E676F6C02  # pg_advisory_lock key of a fleet migration
SAFE_AND_QUICK = (
    "SET LOCAL lock_timeout = '2s'",  # a schema in use is skipped and tried again at the end
    # A crash may lose the last commits: whole schemas are behind again, and the next run brings them up.
    "SET LOCAL synchronous_commit = off",
)
PASSES = 3

# Merchants and pooled schemas that are behind; the installation's own row is migrated by Django.
BEHIND = """
SELECT schema_name FROM (
    SELECT schema_name, schema_version FROM public.tenants_merchant WHERE schema_name <> 'public'
    UNION ALL SELECT schema_name, schema_version FROM public.tenants_pooledschema
) AS fleet
WHERE schema_version <> %s ORDER BY schema_name
"""

SET_VERSION = """
WITH shop AS (UPDATE public.tenants_merchant SET schema_version = %(version)s WHERE schema_name = %(schema)s)
UPDATE public.tenants_pooledschema SET schema_version = %(version)s WHERE schema_name = %(schema)s
"""


@dataclass
class Outcome:
    """What a fleet migration did. `failed` maps a schema to its error."""

    recorded: int = 0
    migrated: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def migrate_fleet(
    *, at: datetime, pool_size: int | None = None, tell: Callable[[str], None] = lambda line: None
) -> Outcome:
    """Migrate public, record new tenant migrations, bring every schema up and fill the pool.

    Can be stopped and run again at any point. A schema that fails stops no other; it stays behind and is listed.
    Raises recording.CannotRecord. Two runs at once wait for each other.
    """
    outcome = Outcome()
    with _alone():
        tell("The installation's own tables")
        call_command("migrate_schemas", shared=True, verbosity=0, interactive=False)
        outcome.recorded = recording.record()
        tell(f"{outcome.recorded} new migrations recorded")
        installation.found(at=at)
        bring_up(outcome)
        tell(f"{outcome.migrated} schemas migrated, {len(outcome.failed)} failed")
        refill_pool(at=at, size=pool_size)
    return outcome


def bring_up(outcome: Outcome) -> None:
    """Bring every schema that is behind to the recorded version, noting what happens."""
    recordings = list(MigrationSQL.objects.order_by("position"))
    for _pass in range(PASSES):
        outcome.failed.clear()
        for schema_name in behind():
            try:
                migrate_schema(schema_name, recordings)
                outcome.migrated += 1
            except Exception as error:
                log.exception("schema_left_behind", schema=schema_name)
                outcome.failed[schema_name] = describe(error)
        if not outcome.failed:
            return


def behind() -> list[str]:
    """The schemas that are not at the recorded version."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [recording.current_version()])
        return [name for (name,) in cursor.fetchall()]


def migrate_schema(schema_name: str, recordings: Sequence[MigrationSQL]) -> None:
    """Apply what one schema lacks, in one transaction; migrations with Python in their own, by Django."""
    missing = _missing(schema_name, recordings)
    if any(migration.through_django for migration in missing):
        with schema_context(schema_name):
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
        missing = []
    with transaction.atomic(), schema_context(schema_name):
        statements = [text for migration in missing for text in migration.statements]
        building.run([*SAFE_AND_QUICK, *statements])
        building.write_records(schema_name, missing)
        with connection.cursor() as cursor:
            cursor.execute(SET_VERSION, {"version": recordings[-1].version, "schema": schema_name})


def _missing(schema_name: str, recordings: Sequence[MigrationSQL]) -> list[MigrationSQL]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT app, name FROM "{schema_name}".django_migrations')  # noqa: S608
        applied = set(cursor.fetchall())
    return [one for one in recordings if any(tuple(name) not in applied for name in one.records)]


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the fleet's lock on a connection of its own: django-tenants closes the ordinary one between schemas."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        yield
    finally:
        own.close()
