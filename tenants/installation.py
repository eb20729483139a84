"""The installation itself: its row among the merchants, its host, and the few things beat does."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tenants import alarms
from tenants.models import Domain, Merchant

SWEEP_SECONDS = 5

MOVE_HOSTS = """
UPDATE public.tenants_domain domain SET domain = merchant.slug || '.' || %(new)s
FROM public.tenants_merchant merchant
WHERE merchant.id = domain.tenant_id AND domain.domain = merchant.slug || '.' || %(old)s
"""


def found(*, at: datetime) -> None:
    """Make sure of the installation's row, host and beat entry. Safe to repeat; follows a change of PUBLIC_URL."""
    with transaction.atomic():
        public, _new = Merchant.objects.get_or_create(
            schema_name="public",
            defaults={
                "name": "Dangol", "slug": "public", "country": "KR", "currency": "KRW", "language": "",
                "time_zone": "UTC", "created_at": at,
            },
        )  # fmt: skip
        _move_hosts(public)
        _set_beat()
        alarms.ring("pool")


def _move_hosts(public: Merchant) -> None:
    """Give the installation its present host, and every shop below the former one its new address, in one statement."""
    domain = Domain.objects.filter(tenant=public, is_primary=True).first()
    if domain is None:
        Domain.objects.create(domain=settings.PUBLIC_HOST, tenant=public, is_primary=True)
    elif domain.domain != settings.PUBLIC_HOST:
        with connection.cursor() as cursor:
            cursor.execute(MOVE_HOSTS, {"old": domain.domain, "new": settings.PUBLIC_HOST})
        domain.domain = settings.PUBLIC_HOST
        domain.save()


def _set_beat() -> None:
    """Beat's only entry of ours. Merchants' recurring work has alarms, never an entry each."""
    every, _new = IntervalSchedule.objects.get_or_create(every=SWEEP_SECONDS, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.update_or_create(
        name="dangol: sweep due alarms",
        # A sweep that waited in the queue longer than this is pointless: the next one does its work.
        defaults={"task": "tenants.tasks.sweep", "interval": every, "expire_seconds": SWEEP_SECONDS, "enabled": True},
    )
