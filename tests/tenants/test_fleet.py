"""Migrating a fleet from recorded SQL: alike to Django's own migrating, resumable, and no schema stops another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_context

from tenants import fleet, recording
from tenants.building import build_schema
from tenants.models import Merchant, MigrationSQL, PooledSchema
from tenants.provisioning import provision, refill_pool
from tests.shops import NOW
from tests.tenants.catalogue import catalogue

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = """
    operations = [migrations.CreateModel("Note", [
        ("id", models.BigAutoField(primary_key=True)), ("text", models.CharField(max_length=50, default="it's; 100%")),
    ])]
"""
COLUMN = """
    dependencies = [("backoffice", "0001_table")]
    operations = [
        migrations.AddField("Note", "stars", models.IntegerField(default=7)),
        migrations.AddIndex("Note", models.Index(fields=["stars"], name="note_by_stars")),
    ]
"""
PYTHON = """
    def shout(apps, schema_editor):
        for note in apps.get_model("backoffice", "Note").objects.all():
            note.text = note.text.upper()
            note.save()
    dependencies = [("backoffice", "0001_table")]
    operations = [migrations.RunPython(shout)]
"""
SEED = """
    def seed(apps, schema_editor):
        apps.get_model("backoffice", "Note").objects.create(text="first")
    dependencies = [("backoffice", "0001_table")]
    operations = [migrations.RunPython(seed)]
"""
CONCURRENT = """
    atomic = False
    dependencies = [("backoffice", "0001_table")]
    operations = [AddIndexConcurrently("Note", models.Index(fields=["text"], name="note_by_text"))]
"""

Write = Callable[..., None]


@pytest.fixture
def migration(tmp_path: Path, settings: object) -> Iterator[Write]:
    """Write migrations of an app that has none of its own; all traces are removed after the test."""
    package = f"later_{uuid4().hex}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").touch()
    sys.path.insert(0, str(tmp_path))
    settings.MIGRATION_MODULES = {"backoffice": package}  # type: ignore[attr-defined]

    def write(**bodies: str) -> None:
        for name, body in bodies.items():
            head = (
                "from django.contrib.postgres.operations import AddIndexConcurrently\n"
                "from django.db import migrations, models\nclass Migration(migrations.Migration):\n"
            )
            (folder / f"{name}.py").write_text(head + dedent(body).replace("\n", "\n    "))

    yield write
    sys.path.remove(str(tmp_path))
    _forget_later_migrations()


def _forget_later_migrations() -> None:
    names = list(Merchant.objects.exclude(schema_name="public").values_list("schema_name", flat=True))
    with connection.cursor() as cursor:
        for schema in [*names, recording.BLUEPRINT, "public"]:
            cursor.execute(f"DROP TABLE IF EXISTS {schema}.backoffice_note")
            cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'backoffice'")
    MigrationSQL.objects.filter(app="backoffice").delete()


def migrate() -> fleet.Outcome:
    return fleet.migrate_fleet(at=NOW, pool_size=0)


def notes_of(merchant: Merchant) -> list[tuple[object, ...]]:
    with schema_context(merchant.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM backoffice_note ORDER BY id")
        return cursor.fetchall()


def write_note(merchant: Merchant, text: str) -> None:
    with schema_context(merchant.schema_name), connection.cursor() as cursor:
        cursor.execute("INSERT INTO backoffice_note (text) VALUES (%s)", [text])


def test_a_schema_from_the_recording_is_like_one_that_django_migrates(db: None) -> None:
    build_schema("t_7q7q")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA t_8q8q")
    call_command("migrate_schemas", schema_name="t_8q8q", verbosity=0)
    recorded, migrated = catalogue("t_7q7q"), catalogue("t_8q8q")
    assert {part: set(recorded[part]) ^ set(migrated[part]) for part in recorded} == {part: set() for part in recorded}
    assert len(recorded["columns"]) > 200


def test_a_new_migration_reaches_every_schema_and_the_pool(cafe: Merchant, migration: Write) -> None:
    refill_pool(at=NOW, size=1)
    migration(**{"0001_table": TABLE})
    outcome = migrate()
    assert (outcome.recorded, outcome.migrated, outcome.failed) == (1, 3, {})
    write_note(cafe, "hello")
    assert fleet.behind() == []
    assert PooledSchema.objects.get().schema_version == recording.current_version()


def test_migrating_again_does_nothing(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE})
    migrate()
    again = migrate()
    assert (again.recorded, again.migrated) == (0, 0)


def test_an_added_column_keeps_the_rows(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE})
    migrate()
    write_note(cafe, "hello")
    migration(**{"0002_column": COLUMN})
    migrate()
    assert notes_of(cafe) == [(1, "hello", 7)]


def test_a_schema_several_versions_behind_gets_all_it_lacks(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE, "0002_column": COLUMN})
    assert migrate().recorded == 2
    assert notes_of(cafe) == []


def test_python_in_a_migration_runs_in_each_schema_with_data(cafe: Merchant, bikes: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE})
    migrate()
    write_note(cafe, "hello")
    write_note(bikes, "wheel")
    migration(**{"0002_python": PYTHON})
    migrate()
    assert [notes_of(cafe), notes_of(bikes)] == [[(1, "HELLO")], [(1, "WHEEL")]]


def test_python_that_writes_rows_into_an_empty_schema_is_refused(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE, "0002_seed": SEED})
    with pytest.raises(recording.CannotRecord, match=r"backoffice\.0002_seed writes rows from Python"):
        migrate()


def test_an_index_made_concurrently_reaches_old_and_new_schemas(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE, "0002_index": CONCURRENT})
    assert migrate().failed == {}
    new = provision(name="New", country="GB", currency="GBP", language="en", time_zone="UTC", at=NOW)
    for merchant in (cafe, new):
        assert any("note_by_text" in index for index in catalogue(merchant.schema_name)["indexes"])


def test_a_schema_that_fails_stops_no_other_and_is_listed(cafe: Merchant, bikes: Merchant, migration: Write) -> None:
    with schema_context(cafe.schema_name), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE backoffice_note ()")
    migration(**{"0001_table": TABLE})
    outcome = migrate()
    assert list(outcome.failed) == [cafe.schema_name]
    assert outcome.failed[cafe.schema_name].startswith('ProgrammingError: relation "backoffice_note" already exists')
    assert notes_of(bikes) == []
    assert fleet.behind() == [cafe.schema_name]


def test_a_schema_that_failed_is_brought_up_by_the_next_run(cafe: Merchant, migration: Write) -> None:
    with schema_context(cafe.schema_name), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE backoffice_note ()")
    migration(**{"0001_table": TABLE})
    migrate()
    with schema_context(cafe.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TABLE backoffice_note")
    assert migrate().failed == {}
    assert notes_of(cafe) == []


def test_a_crash_between_blueprint_and_recording_is_mended(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE})
    migrate()
    MigrationSQL.objects.filter(app="backoffice").delete()
    outcome = migrate()
    assert outcome.recorded == MigrationSQL.objects.count()
    assert outcome.failed == {}
    assert fleet.behind() == []


def test_a_shop_provisioned_during_a_fleet_migration_is_not_overlooked(migration: Write, cafe: Merchant) -> None:
    before = recording.current_version()
    old = provision(name="Early", country="GB", currency="GBP", language="en", time_zone="UTC", at=NOW)
    assert old.schema_version == before
    migration(**{"0001_table": TABLE})
    migrate()
    assert notes_of(old) == []


def test_a_stale_schema_is_not_claimed_from_the_pool(cafe: Merchant) -> None:
    refill_pool(at=NOW, size=1)
    PooledSchema.objects.update(schema_version="before")
    shop = provision(name="New", country="GB", currency="GBP", language="en", time_zone="UTC", at=NOW)
    assert shop.schema_version == recording.current_version()
    assert PooledSchema.objects.count() == 1


def test_the_command_fails_and_names_who_is_behind(cafe: Merchant, migration: Write) -> None:
    with schema_context(cafe.schema_name), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE backoffice_note ()")
    migration(**{"0001_table": TABLE})
    errors = StringIO()
    with pytest.raises(CommandError, match="1 schemas are behind"):
        call_command("migrate_fleet", pool=0, stdout=StringIO(), stderr=errors)
    assert cafe.schema_name in errors.getvalue()


def test_the_plan_lists_and_changes_nothing(cafe: Merchant, migration: Write) -> None:
    migration(**{"0001_table": TABLE})
    output = StringIO()
    call_command("migrate_fleet", plan=True, stdout=output)
    assert "backoffice.0001_table" in output.getvalue()
    assert "backoffice.0001_table" in recording.unrecorded()


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("INSERT INTO a VALUES ('x; y''z;')", ["INSERT INTO a VALUES ('x; y''z;')"]),
        ('ALTER TABLE "odd;name" ADD b int;', ['ALTER TABLE "odd;name" ADD b int']),
        ("DO $$ BEGIN a; END $$; SELECT 1", ["DO $$ BEGIN a; END $$", "SELECT 1"]),
        ("DO $f$ a; $$ b; $$ $f$;", ["DO $f$ a; $$ b; $$ $f$"]),
        ("SELECT 1 -- one; two\n; SELECT 2", ["SELECT 1 -- one; two", "SELECT 2"]),
    ],
)
def test_a_script_is_split_only_at_bare_semicolons(script: str, statements: list[str]) -> None:
    assert recording.split(script) == statements
