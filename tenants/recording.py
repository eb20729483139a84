"""The SQL of every tenant migration, recorded once while Django runs it on a schema of its own, the blueprint.

A new schema is made from the recordings, and the fleet is brought up with them: Django's own `migrate` scans the
whole catalogue for every tenant, which makes a fleet's migration quadratic in the number of tenants.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import schema_context

from tenants.models import MigrationSQL

BLUEPRINT = "t_blueprint"
# pg_advisory_lock key: shared by whoever makes a schema, exclusive while new recordings are published.
PUBLISHING = 0x64616E676F6C01

READING = ("SELECT", "SHOW", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET SEARCH_PATH")
WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY", "TRUNCATE")
# Quoted text, dollar-quoted bodies and comments may hold semicolons; only a bare one ends a statement.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/|(;)""", re.DOTALL)


class CannotRecord(Exception):
    """A migration does something that a recording cannot repeat in another schema."""


def current_version() -> str:
    """The fleet's version that the recordings lead to, or "" before the first recording."""
    return MigrationSQL.objects.order_by("-position").values_list("version", flat=True).first() or ""


def record() -> int:
    """Record the tenant migrations that the blueprint lacks and publish them; return how many. Raises CannotRecord.

    When blueprint and recordings disagree (a crash between the two), both are made anew.
    """
    known = list(MigrationSQL.objects.all())
    if not _agrees(known):
        known = []
        _new_blueprint()
    recorded = list(_run_on_blueprint(with_table=not known))
    _publish(known, recorded)
    return len(recorded)


def unrecorded() -> list[str]:
    """`app.name` of the migrations that `record` would record now."""
    known = set(MigrationSQL.objects.values_list("app", "name"))
    with schema_context(BLUEPRINT):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    return [f"{m.app_label}.{m.name}" for m, _ in plan if (m.app_label, m.name) not in known]


def _agrees(known: list[MigrationSQL]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{BLUEPRINT}.django_migrations"])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(f"SELECT app, name FROM {BLUEPRINT}.django_migrations")  # noqa: S608
        applied = set(cursor.fetchall())
    return applied == {(app, name) for recording in known for app, name in recording.records}


def _new_blueprint() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {BLUEPRINT} CASCADE")
        cursor.execute(f"CREATE SCHEMA {BLUEPRINT}")


def _run_on_blueprint(*, with_table: bool) -> Iterator[MigrationSQL]:
    """Let Django apply what is missing, and yield one unsaved recording for each migration."""
    tape: list[MigrationSQL] = []
    with schema_context(BLUEPRINT):
        if with_table:
            yield _migrations_table()
        executor = MigrationExecutor(connection, _progress(tape))
        with _recorder(lambda: tape[-1] if tape else None):
            executor.migrate(executor.loader.graph.leaf_nodes())
    yield from tape


def _migrations_table() -> MigrationSQL:
    """The recording of Django's own table. `include_public` off: public's table of that name must not count."""
    first = MigrationSQL(app="django", name="django_migrations", records=[], statements=[])
    connection.set_schema(BLUEPRINT, include_public=False)
    with _recorder(lambda: first):
        MigrationRecorder(connection).ensure_schema()
    connection.set_schema(BLUEPRINT)
    return first


def _progress(tape: list[MigrationSQL]) -> Callable[..., None]:
    """Django's progress callback: a fresh piece of tape for every migration that starts."""

    def notice(action: str, migration: Migration | None = None, fake: bool = False) -> None:
        if action == "apply_start" and migration is not None:
            names = [(migration.app_label, migration.name), *migration.replaces]
            if migration.replaces:
                names = list(migration.replaces)
            tape.append(
                MigrationSQL(
                    app=migration.app_label,
                    name=migration.name,
                    records=[list(name) for name in names],
                    statements=[],
                    through_django=runs_python(migration) or not migration.atomic,
                )
            )

    return notice


def runs_python(migration: Migration) -> bool:
    """Whether Python code of the migration would run in a tenant's schema."""
    from django.db import router

    if not router.allow_migrate("default", migration.app_label):
        return False
    return any(_is_python(operation) for operation in migration.operations)


def _is_python(operation: Any) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return any(_is_python(inner) for inner in operation.database_operations)
    return isinstance(operation, RunPython) and operation.code is not RunPython.noop


@contextmanager
def _recorder(piece: Callable[[], MigrationSQL | None]) -> Iterator[None]:
    """Keep every statement that changes the schema, with its parameters filled in."""

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        recording = piece()
        text = _text(sql, params, many)
        if recording is not None and _changes(text):
            _keep(recording, text, context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(keep):
        yield


def _text(sql: Any, params: Any, many: bool) -> str:
    """The statement as PostgreSQL could be sent it, with literals for parameters."""
    text = sql if isinstance(sql, str) else sql.as_string(connection.connection)
    if params and not many:
        return str(connection.ops.compose_sql(text, params))  # type: ignore[attr-defined]  # only PostgreSQL has it
    return text


def _changes(text: str) -> bool:
    """Whether the statement is more than a look, and not the bookkeeping that every schema gets anyway."""
    start = text.lstrip().upper()
    return not start.startswith(READING) and not start.startswith('INSERT INTO "DJANGO_MIGRATIONS"')


def _keep(recording: MigrationSQL, text: str, rows: int) -> None:
    if recording.through_django and text.lstrip().upper().startswith(WRITING):
        if rows > 0:
            raise CannotRecord(
                f"{recording.app}.{recording.name} writes rows from Python into an empty schema. "
                "Write them when a merchant is provisioned, or with RunSQL."
            )
        return  # changed nothing in an empty schema; schemas with data get this migration from Django itself
    recording.statements += split(text)


def split(script: str) -> list[str]:
    """The single statements of a script: Citus, and PostgreSQL's pipeline, take one at a time."""
    ends = [match.start() for match in TOKEN.finditer(script) if match.group(2)]
    pieces = (script[a:b].strip() for a, b in zip([0, *(end + 1 for end in ends)], [*ends, len(script)], strict=True))
    return [piece for piece in pieces if piece]


def _publish(known: list[MigrationSQL], recorded: list[MigrationSQL]) -> None:
    """Save the new recordings in one transaction, in which nobody is half way through making a schema."""
    if not recorded:
        return
    version, first = (known[-1].version, known[-1].position + 1) if known else ("", 0)
    for position, recording in enumerate(recorded, start=first):
        recording.position = position
        recording.version = version = _digest(version, recording)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHING])
        if not known:
            MigrationSQL.objects.all().delete()
        MigrationSQL.objects.bulk_create(recorded)


def _digest(before: str, recording: MigrationSQL) -> str:
    content = json.dumps([before, recording.app, recording.name, recording.statements])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
