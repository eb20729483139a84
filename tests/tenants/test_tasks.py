"""Tasks of a tenant are told their schema and refuse to run without one."""

from __future__ import annotations

import pytest
from celery import shared_task
from django.db import connection

from tenants import installation
from tenants.models import Domain, Merchant
from tenants.tasks import TenantRefused, TenantTask

pytestmark = pytest.mark.django_db


@shared_task(base=TenantTask, name="tests.where_am_i")
def where_am_i() -> str:
    return str(connection.schema_name)


def test_it_runs_inside_its_schema(cafe: Merchant) -> None:
    assert where_am_i(schema_name=cafe.schema_name) == cafe.schema_name
    assert connection.schema_name == "public"


def test_it_refuses_to_run_without_a_schema() -> None:
    with pytest.raises(TenantRefused):
        where_am_i()


@pytest.mark.parametrize("schema_name", ["", "t_nobody", "T_CAFE", "pg_catalog"])
def test_it_refuses_a_schema_that_is_nobodys(schema_name: str) -> None:
    with pytest.raises(TenantRefused):
        where_am_i(schema_name=schema_name)


@pytest.mark.parametrize("state", ["suspended", "closing"])
def test_it_refuses_a_shop_that_is_not_active(cafe: Merchant, state: str) -> None:
    Merchant.objects.update(state=state)
    with pytest.raises(TenantRefused, match=state):
        where_am_i(schema_name=cafe.schema_name)


def test_beat_has_one_entry_however_often_the_installation_is_founded(now: object) -> None:
    from django_celery_beat.models import PeriodicTask

    installation.found(at=now)  # type: ignore[arg-type]
    assert PeriodicTask.objects.get().task == "tenants.tasks.sweep"


def test_every_beat_entry_names_a_task_that_exists() -> None:
    from django_celery_beat.models import PeriodicTask

    from config.celery import app

    app.loader.import_default_modules()
    assert PeriodicTask.objects.get().task in app.tasks


def test_a_new_public_host_moves_the_shops_with_it(cafe: Merchant, now: object, settings: object) -> None:
    Domain.objects.create(domain="sodam.example", tenant=cafe, is_primary=False)
    settings.PUBLIC_HOST = "dangol.example"  # type: ignore[attr-defined]
    installation.found(at=now)  # type: ignore[arg-type]
    assert set(Domain.objects.values_list("domain", flat=True)) == {
        "dangol.example", "cafe.dangol.example", "bikes.dangol.example", "sodam.example",
    }  # fmt: skip
