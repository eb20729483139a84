"""The test database's two shops, made by the same functions production uses, and how it is put right after a test."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.cache import cache
from django.db import connection

from tenants import fleet
from tenants.models import Domain, Merchant
from tenants.provisioning import provision
from tenants.recording import BLUEPRINT

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon in Seoul

# What migrating wrote and no test changes.
KEPT = (
    "django_migrations",
    "tenants_migrationsql",
    "django_content_type",
    "auth_permission",
    "django_celery_beat_intervalschedule",
    "django_celery_beat_periodictask",
    "django_celery_beat_periodictasks",
)

_merchants: list[Merchant] = []
_domains: list[Domain] = []


def found_shops() -> None:
    """Migrate the installation and provision the café and the bikes, unless a kept database has them."""
    fleet.migrate_fleet(at=NOW, pool_size=0)
    if not Merchant.objects.filter(slug="cafe").exists():
        provision(
            name="소담커피", slug="cafe", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul", at=NOW
        )
        provision(
            name="Spoke & Chain", slug="bikes", country="GB", currency="GBP", language="en",
            time_zone="Europe/London", at=NOW,
        )  # fmt: skip
    _merchants[:] = Merchant.objects.filter(slug__in=["public", "cafe", "bikes"])
    _domains[:] = Domain.objects.filter(tenant__in=_merchants)
    put_right()


def put_right() -> None:
    """Back to two empty shops after a test that really committed.

    Django would truncate `public` alone, merchants included. Triggers are off: the ledger refuses to be emptied.
    """
    connection.set_schema_to_public()
    schemas = [merchant.schema_name for merchant in _merchants]
    with connection.cursor() as cursor:
        cursor.execute(
            r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\_%%' AND nspname <> ALL(%s)",
            [[*schemas, BLUEPRINT]],
        )
        for (schema_name,) in cursor.fetchall():
            cursor.execute(f'DROP SCHEMA "{schema_name}" CASCADE')
        cursor.execute("SET session_replication_role = replica")
        for table in _tables_with_rows(schemas):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("RESET session_replication_role")
    Merchant.objects.bulk_create(_merchants)
    Domain.objects.bulk_create(_domains)


def _tables_with_rows(schemas: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = ANY(%s) AND tablename <> ALL(%s)",
            [schemas, list(KEPT)],
        )
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        return [table for (table,) in cursor.fetchall()]


def forget_cached(prefix: str) -> None:
    """Delete what this run cached, and nothing of another run beside it."""
    client = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]
    keys = list(client.scan_iter(match=f"*:{prefix}:*", count=1000))
    if keys:
        client.delete(*keys)
