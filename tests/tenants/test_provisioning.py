"""A shop comes to be: claimed from the pool, or made at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_exists, tenant_context

from staff.models import User
from tenants import alarms
from tenants.models import Alarm, Merchant, PooledSchema
from tenants.provisioning import provision, refill_pool
from tenants.slugs import SlugUnavailable, slug_for
from tests.conftest import client_of
from tests.threads import threads

pytestmark = pytest.mark.django_db


def new_shop(now: datetime, name: str = "Corner Shop", **fields: Any) -> Merchant:
    shop = {"country": "GB", "currency": "GBP", "language": "en", "time_zone": "Europe/London", **fields}
    return provision(name=name, at=now, **shop)


def test_a_new_shop_answers_at_its_host(now: datetime) -> None:
    shop = new_shop(now)
    assert shop.host == "corner-shop.localhost"
    assert client_of(shop).get("/").status_code < 400


def test_a_new_shop_is_empty_and_its_own(now: datetime, owner: User) -> None:
    shop = new_shop(now)
    with tenant_context(shop):
        assert not User.objects.exists()


def test_a_shop_takes_a_ready_schema(now: datetime) -> None:
    refill_pool(at=now, size=1)
    ready = PooledSchema.objects.get().schema_name
    assert new_shop(now).schema_name == ready
    assert not PooledSchema.objects.exists()


def test_a_claim_that_is_rolled_back_leaves_the_schema_in_the_pool(now: datetime) -> None:
    refill_pool(at=now, size=1)
    with transaction.atomic():
        new_shop(now)
        transaction.set_rollback(True)
    assert PooledSchema.objects.count() == 1


def test_a_shop_made_without_a_pool_that_is_rolled_back_leaves_no_schema(now: datetime) -> None:
    with transaction.atomic():
        schema_name = new_shop(now).schema_name
        transaction.set_rollback(True)
    assert not schema_exists(schema_name)


def test_a_schemas_name_says_nothing_of_the_shop(now: datetime) -> None:
    assert len(new_shop(now, name="Robert'); DROP SCHEMA public; --").schema_name) == 18


def test_a_claim_asks_for_a_refill(now: datetime) -> None:
    new_shop(now)
    assert Alarm.objects.get(schema_name="public", kind="pool").due_at == alarms.AT_ONCE


def test_the_pool_is_refilled_by_its_alarm(now: datetime, settings: Any) -> None:
    settings.POOL_SIZE = 2
    new_shop(now)
    alarms.drain(Merchant.objects.get(schema_name="public"), now)
    assert PooledSchema.objects.count() == 2


def test_refilling_goes_on_in_small_batches(now: datetime, settings: Any) -> None:
    settings.POOL_SIZE = 4
    new_shop(now)
    assert alarms.drain(Merchant.objects.get(schema_name="public"), now) == 2


def test_a_warm_claim_needs_few_queries(now: datetime, django_assert_max_num_queries: Any) -> None:
    refill_pool(at=now, size=1)
    with django_assert_max_num_queries(16):
        new_shop(now)


def test_provisioning_inside_another_shop_returns_there(now: datetime, in_cafe: Merchant) -> None:
    new_shop(now)
    assert connection.schema_name == in_cafe.schema_name


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("소담커피", "sodamkeopi"),
        ("Café Ünü & Söhne", "cafe-unu-sohne"),
        ("東京ラーメン", "dongjingramen"),
        ("★★★", "my-shop"),
        ("admin", "admin-2"),
        ("www", "www-2"),
        ("x" * 100, "x" * 34),
        ("xn--evil", "xn-evil"),
        ("cafe", "cafe-2"),
    ],
)
def test_a_slug_is_made_from_the_name(cafe: Merchant, name: str, slug: str) -> None:
    assert slug_for(name) == slug


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("cafe", "taken"),
        ("operator", "reserved"),
        ("Café", "small letters"),
        ("-a", "small letters"),
        ("a.b", "small letters"),
        ("xn--a", "small letters"),
        ("", "small letters"),
        ("a" * 41, "small letters"),
    ],
)
def test_a_wished_slug_that_cannot_be_had_is_refused(cafe: Merchant, now: datetime, slug: str, why: str) -> None:
    with pytest.raises(SlugUnavailable, match=why):
        new_shop(now, slug=slug)


@pytest.mark.django_db(transaction=True)
def test_two_shops_of_one_name_at_the_same_moment_get_two_addresses(now: datetime) -> None:
    refill_pool(at=now, size=3)
    with threads() as at_once:
        shops = [at_once.start(new_shop, now) for _ in range(6)]
        found = [shop.result(60) for shop in shops]
    assert len({shop.slug for shop in found}) == len({shop.schema_name for shop in found}) == 6
