"""What the tests of pulls share: a simulated shop whose news go nowhere, and what became of it on our side."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django_tenants.utils import tenant_context

from customers.models import Order
from staff.actors import Actor
from storefront import pulling, repairing
from storefront.models import Drift, Pull
from tenants.alarms import drain
from tests.platforms.connecting import Connection
from tests.platforms.shop import OPENED

NOON = OPENED + timedelta(days=5, hours=3)
OWNER = Actor("staff", 1, "Owner")


def silent(connection: Connection) -> Connection:
    """Its news are lost from now on."""
    connection.shop.send = lambda message: 200
    return connection


def read_history(connection: Connection, at: datetime = NOON, *, since: datetime | None = None) -> Pull:
    """Start reading the history and do what is due."""
    with tenant_context(connection.merchant):
        pull = pulling.start_history(connection.store, since=since, actor=OWNER, at=at)
    return worked(connection, pull, at)


def compare(connection: Connection, at: datetime = NOON) -> Pull:
    """Compare the last 30 days."""
    with tenant_context(connection.merchant):
        pull = pulling.start_comparison(connection.store, actor=OWNER, at=at)
    return worked(connection, pull, at)


def repair(connection: Connection, at: datetime = NOON, drift_ids: list[int] | None = None) -> Pull:
    """Repair what is in drift."""
    with tenant_context(connection.merchant):
        pull = pulling.start_repair(connection.store, drift_ids, actor=OWNER, at=at)
    assert pull is not None
    return worked(connection, pull, at)


def worked(connection: Connection, pull: Pull, at: datetime) -> Pull:
    """Do all that is due."""
    drain(connection.merchant, at)
    with tenant_context(connection.merchant):
        return Pull.objects.get(pk=pull.pk)


def orders(connection: Connection) -> dict[str, Order]:
    with tenant_context(connection.merchant):
        return {order.external_id: order for order in Order.objects.filter(source=connection.store.public_id)}


def drifts(connection: Connection) -> list[tuple[str, str, dict[str, Any]]]:
    """Open drift: kind, id, differences."""
    with tenant_context(connection.merchant):
        found = Drift.objects.filter(repaired_at=None, put_aside_at=None).order_by("pk")
        return [(d.kind, d.external_id, d.differences) for d in found]


def the_drift(connection: Connection) -> Drift:
    with tenant_context(connection.merchant):
        return Drift.objects.select_related("store").get()


__all__ = ["NOON", "OWNER", "compare", "drifts", "orders", "read_history", "repair", "repairing", "silent", "the_drift"]
