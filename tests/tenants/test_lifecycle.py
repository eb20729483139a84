"""Suspending, closing and erasing a merchant."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django_tenants.utils import schema_exists, tenant_context

from tenants import alarms, lifecycle
from tenants.models import Alarm, Domain, Merchant, TrailEntry
from tenants.provisioning import provision
from tests.conftest import client_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def doomed(now: datetime) -> Merchant:
    return provision(name="Doomed", country="GB", currency="GBP", language="en", time_zone="Europe/London", at=now)


@pytest.fixture
def public() -> Merchant:
    return Merchant.objects.get(schema_name="public")


def close(merchant: Merchant, now: datetime) -> None:
    lifecycle.close(merchant, reason="Asked to", actor_name="Operator", at=now)


def test_a_suspended_shop_shows_a_page_in_its_language(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    response = client_of(cafe).get("/")
    assert (response.status_code, response["Content-Language"], response["Retry-After"]) == (503, "ko", "3600")


def test_a_suspended_shops_hooks_are_told_to_come_again(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    response = client_of(cafe).post("/hooks/st_x/", {}, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (503, "text/plain")


def test_the_page_of_a_suspended_shop_has_its_colours(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    assert client_of(cafe).get("/brand-000000000000.css").status_code == 200


def test_a_resumed_shop_answers_again(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    lifecycle.resume(cafe, actor_name="Operator", at=now)
    assert client_of(cafe).get("/").status_code < 400


def test_each_step_is_in_the_trail(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    lifecycle.resume(cafe, actor_name="Operator", at=now)
    close(cafe, now)
    lifecycle.cancel_closing(cafe, actor_name="Operator", at=now)
    actions = TrailEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["merchant.suspended", "merchant.resumed", "merchant.closed", "merchant.reopened"]


def test_the_trail_refuses_edits(cafe: Merchant, now: datetime) -> None:
    lifecycle.suspend(cafe, reason="Bills", actor_name="Operator", at=now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TrailEntry.objects.update(reason="Nothing happened")


@pytest.mark.parametrize("step", [lifecycle.resume, lifecycle.cancel_closing])
def test_a_step_that_does_not_fit_the_state_is_refused(cafe: Merchant, now: datetime, step: object) -> None:
    with pytest.raises(lifecycle.WrongState, match="Active"):
        step(cafe, actor_name="Operator", at=now)  # type: ignore[operator]


def test_the_installation_itself_cannot_be_suspended(public: Merchant, now: datetime) -> None:
    with pytest.raises(Merchant.DoesNotExist):
        lifecycle.suspend(public, reason="?", actor_name="Operator", at=now)


def test_a_closed_shop_is_kept_for_thirty_days(doomed: Merchant, public: Merchant, now: datetime) -> None:
    close(doomed, now)
    alarms.drain(public, now + 30 * DAY - timedelta(seconds=1))
    assert schema_exists(doomed.schema_name)
    assert client_of(doomed).get("/").status_code == 503


def test_a_closed_shop_is_erased_after_thirty_days(doomed: Merchant, public: Merchant, now: datetime) -> None:
    close(doomed, now)
    alarms.drain(public, now + 30 * DAY)
    assert not schema_exists(doomed.schema_name)
    assert not Domain.objects.filter(domain="doomed.localhost").exists()
    assert client_of(doomed).get("/").status_code == 404


def test_a_closing_taken_back_erases_nothing(doomed: Merchant, public: Merchant, now: datetime) -> None:
    close(doomed, now)
    lifecycle.cancel_closing(doomed, actor_name="Operator", at=now + DAY)
    alarms.drain(public, now + 31 * DAY)
    assert schema_exists(doomed.schema_name)


def test_erasing_takes_alarms_files_and_cache_with_it_but_no_others(
    doomed: Merchant, cafe: Merchant, public: Merchant, now: datetime
) -> None:
    for merchant in (doomed, cafe):
        with tenant_context(merchant), transaction.atomic():
            default_storage.save("logos/logo.txt", ContentFile(b"logo"))
            cache.set("greeting", "hello")
            alarms.ring("nothing", now + 365 * DAY)
    close(doomed, now)
    alarms.drain(public, now + 30 * DAY)
    assert not (Path(settings.MEDIA_ROOT) / doomed.schema_name).exists()
    assert not Alarm.objects.filter(schema_name=doomed.schema_name).exists()
    with tenant_context(doomed):
        assert cache.get("greeting") is None
    with tenant_context(cafe):
        assert cache.get("greeting") == "hello"
        assert default_storage.exists("logos/logo.txt")
    assert Alarm.objects.filter(schema_name=cafe.schema_name).exists()


def test_the_trail_outlives_the_merchant(doomed: Merchant, public: Merchant, now: datetime) -> None:
    close(doomed, now)
    alarms.drain(public, now + 30 * DAY)
    assert TrailEntry.objects.values_list("action", "merchant_name").first() == ("merchant.erased", "Doomed")


def test_erasing_refuses_a_name_that_is_no_shops(cafe: Merchant) -> None:
    from tenants import erasure

    for name in ("public", "t_blueprint", "pg_catalog"):
        cafe.schema_name = name
        with pytest.raises(AssertionError):
            erasure.erase(cafe)
    assert schema_exists("public")
    assert connection.schema_name == "public"
