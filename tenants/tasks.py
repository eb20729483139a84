"""Celery tasks. A task of a tenant is told its schema and refuses to run without one: it never falls back to public."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task
from django.utils import timezone
from django_tenants.utils import tenant_context

from tenants import alarms
from tenants.models import Merchant


class TenantRefused(RuntimeError):
    """The task names no schema, one that no merchant has, or one whose merchant is suspended or closing."""


class TenantTask(Task):
    """Runs inside the schema given as the keyword argument `schema_name`, or raises TenantRefused."""

    abstract = True
    typing = False  # the task's own function does not take `schema_name`

    def __call__(self, *args: Any, schema_name: str = "", **kwargs: Any) -> Any:
        with tenant_context(active_merchant(schema_name)):
            return super().__call__(*args, **kwargs)


def active_merchant(schema_name: str) -> Merchant:
    """The merchant of a schema. Raises TenantRefused unless it is there and active."""
    merchant = Merchant.objects.filter(schema_name=schema_name).first()
    if merchant is None:
        raise TenantRefused(f"no merchant has the schema {schema_name!r}")
    if merchant.state != Merchant.State.ACTIVE:
        raise TenantRefused(f"{schema_name} is {merchant.state}")
    return merchant


@shared_task(base=TenantTask)
def run_alarm(kind: str) -> None:
    """One batch of one alarm (tenants/alarms.py)."""
    from django.db import connection

    alarms.run_due(connection.schema_name, kind)


@shared_task
def sweep() -> None:
    """Send workers for what is due. Beat calls this every few seconds."""
    alarms.sweep(timezone.now())
