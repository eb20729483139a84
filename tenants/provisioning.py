"""A new shop in milliseconds: its schema is claimed from a small pool that a job keeps filled."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import schema_context

from tenants import alarms
from tenants.building import build_schema, hold_publishing, new_schema_name
from tenants.models import Domain, Merchant, PooledSchema
from tenants.recording import current_version
from tenants.slugs import SlugUnavailable, check_slug, slug_for

PUBLIC = "public"
BUILT_AT_ONCE = 3  # schemas a worker makes before it lets others have a turn

CLAIM = """
DELETE FROM public.tenants_pooledschema WHERE schema_name = (
    SELECT schema_name FROM public.tenants_pooledschema
    WHERE schema_version = (SELECT version FROM public.tenants_migrationsql ORDER BY position DESC LIMIT 1)
    ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING schema_name, schema_version
"""


def provision(
    *, name: str, country: str, currency: str, language: str, time_zone: str, at: datetime, slug: str | None = None
) -> Merchant:
    """A new active merchant with its schema and primary domain, and nobody in it yet.

    Claims a ready schema or, when the pool is empty, makes one. Without `slug` a free one is made from the name.
    Raises SlugUnavailable for a wished slug that cannot be had, NothingRecorded before the first `migrate_fleet`.
    """
    with schema_context(PUBLIC), transaction.atomic():
        hold_publishing()
        chosen = check_slug(slug) if slug is not None else slug_for(name)
        schema_name, version = _claim() or _build()
        merchant = Merchant(
            schema_name=schema_name, schema_version=version, name=name, slug=chosen, country=country,
            currency=currency, language=language, time_zone=time_zone, created_at=at, last_active_at=at,
        )  # fmt: skip
        _insert(merchant, wished=slug is not None)
        Domain.objects.create(domain=merchant.host, tenant=merchant, is_primary=True)
        alarms.ring("pool")
    return merchant


def refill_pool(*, at: datetime, size: int | None = None, at_most: int | None = None) -> int:
    """Make schemas until `size` (by default settings.POOL_SIZE) are ready, `at_most` in this call; return how many."""
    missing = _missing(settings.POOL_SIZE if size is None else size)
    made = max(0, missing if at_most is None else min(missing, at_most))
    for _ in range(made):
        with schema_context(PUBLIC), transaction.atomic():
            schema_name, version = _build()
            PooledSchema.objects.create(schema_name=schema_name, schema_version=version, created_at=at)
    return made


def pool_due() -> datetime | None:
    """The pool's next due time for the alarm clock: at once while schemas are missing."""
    return alarms.AT_ONCE if _missing(settings.POOL_SIZE) > 0 else None


@alarms.handler("pool", due=pool_due)
def refill(at: datetime) -> None:
    """The alarm `pool`, rung in public whenever a schema has been claimed."""
    refill_pool(at=at, at_most=BUILT_AT_ONCE)


def _missing(size: int) -> int:
    return size - PooledSchema.objects.filter(schema_version=current_version()).count()


def _claim() -> tuple[str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        return cursor.fetchone()


def _build() -> tuple[str, str]:
    schema_name = new_schema_name()
    return schema_name, build_schema(schema_name)


def _insert(merchant: Merchant, *, wished: bool, tries: int = 5) -> None:
    """Save the new row; when somebody took the same slug this moment, refuse a wished one or make another."""
    try:
        with transaction.atomic():
            merchant.save()
    except IntegrityError:
        if wished or tries == 1:
            raise SlugUnavailable(merchant.slug) from None
        merchant.pk = None
        merchant.slug = slug_for(merchant.name)
        _insert(merchant, wished=False, tries=tries - 1)
