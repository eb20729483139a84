"""Making a shop: from the pool, and without it, beside django-tenants' `migrate_schemas` for one schema."""

from __future__ import annotations

from typing import Any

from benchmarks._database import scratch_database
from benchmarks._measure import median_ms, report

WARM, COLD, SLOW = 40, 10, 3


def main() -> None:
    with scratch_database():
        from django.utils import timezone

        from tenants.provisioning import refill_pool

        slow = median_ms(migrate_one, SLOW)
        found_shop()  # what a process does once: imports, templates, the first connection
        cold = median_ms(found_shop, COLD)
        refill_pool(at=timezone.now(), size=WARM)
        warm = median_ms(found_shop, WARM)
    report("provision", warm, "ms", slow, cold=round(cold, 1))


def found_shop() -> Any:
    """A usable shop as sign-up makes it; the hash of the owner's password is one that costs nothing."""
    from django.test import override_settings
    from django.utils import timezone

    from welcome import founding

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        return founding.found_shop(
            name="Corner Shop", email="owner@example.com", password="correct horse", country="GB", language="en",  # noqa: S106
            at=timezone.now(),
        )  # fmt: skip


def migrate_one() -> None:
    """Django's way: every migration, in a schema of its own."""
    from django.core.management import call_command
    from django.db import connection

    from tenants.building import new_schema_name

    schema_name = new_schema_name()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema_name}")
    call_command("migrate_schemas", schema_name=schema_name, verbosity=0)


if __name__ == "__main__":
    main()
