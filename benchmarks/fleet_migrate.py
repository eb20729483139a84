"""One additive migration (a column and an index) over 300 shops, a shop; beside the bare SQL sent to each schema."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks._database import scratch_database
from benchmarks._measure import milliseconds, report

SHOPS = 300

MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [migrations.RunSQL([
        "ALTER TABLE customers_customer ADD COLUMN stars integer DEFAULT 0 NOT NULL",
        "CREATE INDEX customer_by_stars ON customers_customer (stars)",
    ])]
"""
BARE = (
    "ALTER TABLE customers_customer ADD COLUMN moons integer DEFAULT 0 NOT NULL",
    "CREATE INDEX customer_by_moons ON customers_customer (moons)",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, scratch_database():
        from tenants import fleet, recording

        make_shops()
        add_migration(Path(folder))
        recording.record()
        outcome = fleet.Outcome()
        ours = milliseconds(lambda: fleet.bring_up(outcome))
        assert (outcome.migrated, outcome.failed, fleet.behind()) == (SHOPS, {}, [])
        bare = milliseconds(send_bare)
    report("fleet_migrate", ours / SHOPS, "ms a shop", bare / SHOPS, shops=SHOPS)


def make_shops() -> None:
    """300 merchants, each with a schema."""
    from django.utils import timezone

    from tenants.provisioning import provision, refill_pool

    refill_pool(at=timezone.now(), size=SHOPS)
    for n in range(SHOPS):
        provision(
            name=f"Shop {n}", slug=f"shop-{n}", country="GB", currency="GBP", language="en", time_zone="UTC",
            at=timezone.now(),
        )  # fmt: skip


def add_migration(folder: Path) -> None:
    """A migration of an app that has none of its own."""
    from django.conf import settings

    package = folder / "benchmark_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_stars.py").write_text(MIGRATION)
    sys.path.insert(0, str(folder))
    settings.MIGRATION_MODULES = {"backoffice": "benchmark_migrations"}


def send_bare() -> None:
    """The same change with nothing around it but one transaction for each schema."""
    import psycopg
    from django.conf import settings

    from tenants.models import Merchant

    names = list(Merchant.objects.exclude(schema_name="public").values_list("schema_name", flat=True))
    database = settings.DATABASES["default"]
    options = {key: database[key.upper()] for key in ("user", "password", "host", "port") if database[key.upper()]}
    with psycopg.connect(dbname=database["NAME"], **{**database.get("OPTIONS", {}), **options}) as connection:
        for name in names:
            with connection.transaction():
                connection.execute(f'SET LOCAL search_path = "{name}"')
                for statement in BARE:
                    connection.execute(statement)


if __name__ == "__main__":
    main()
