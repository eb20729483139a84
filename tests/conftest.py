"""What every test stands on: the real PostgreSQL and Valkey, and two shops that must never see each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from staff.models import Role, User
from tenants import directory
from tenants.models import Domain, Merchant
from tests.services import pytest_configure, pytest_unconfigure  # noqa: F401  (hooks)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon in Seoul


def make_public() -> None:
    """The installation's own row, so that its host is known."""
    public = Merchant.objects.create(
        schema_name="public", name="Dangol", slug="public", country="KR", currency="KRW",
        language="", time_zone="UTC", created_at=NOW,
    )  # fmt: skip
    Domain.objects.create(domain="localhost", tenant=public, is_primary=True)


def make_merchant(schema: str, *, slug: str, **fields: Any) -> Merchant:
    """A shop with its schema migrated the slow way; provisioning has tests of its own."""
    merchant = Merchant.objects.create(schema_name=schema, slug=slug, created_at=NOW, **fields)
    Domain.objects.create(domain=merchant.host, tenant=merchant, is_primary=True)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
    call_command("migrate_schemas", schema_name=schema, verbosity=0)
    return merchant


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    name = os.environ.get("TEST_DB")
    if name:
        connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After Django made the test database: the public row and two shops, café and bikes."""
    with django_db_blocker.unblock():
        if Merchant.objects.filter(schema_name="public").exists():
            return
        make_public()
        make_merchant(
            "t_cafe", slug="cafe", name="소담커피", country="KR", currency="KRW", language="ko", time_zone="Asia/Seoul"
        )
        make_merchant(
            "t_bikes", slug="bikes", name="Spoke & Chain", country="GB", currency="GBP", language="en",
            time_zone="Europe/London",
        )  # fmt: skip


@pytest.fixture(autouse=True)
def _clean_memory() -> Iterator[None]:
    """No test inherits another's cache, remembered hosts or active schema."""
    yield
    cache.clear()
    directory.forget()
    connection.set_schema_to_public()


@pytest.fixture
def cafe(db: None) -> Merchant:
    """A Korean café: KRW, Asia/Seoul, Korean. Not entered: use `in_cafe` or tenant_context."""
    return Merchant.objects.get(slug="cafe")


@pytest.fixture
def bikes(db: None) -> Merchant:
    """A London bike shop: GBP, English."""
    return Merchant.objects.get(slug="bikes")


@pytest.fixture
def in_cafe(cafe: Merchant) -> Iterator[Merchant]:
    """The whole test runs inside the café's schema."""
    with tenant_context(cafe):
        yield cafe


@pytest.fixture
def now() -> datetime:
    """Noon in Seoul on 20 November 2026; domain functions are told the time."""
    return NOW


def staff_of(merchant: Merchant, role: Role = Role.OWNER, email: str | None = None) -> User:
    """A staff member of that role; the same one when asked again."""
    address = email or f"{role}@{merchant.slug}.example"
    with tenant_context(merchant):
        user = User.objects.filter(email=address).first()
        return user or User.objects.create_user(address, "correct horse battery", name=str(role.label), role=role)


def client_of(merchant: Merchant, user: User | None = None) -> Client:
    """A browser at the shop's host, signed in as `user` when given."""
    client = Client(headers={"host": merchant.host})
    if user is not None:
        with tenant_context(merchant):
            client.force_login(user)
    return client


@pytest.fixture
def owner(cafe: Merchant) -> User:
    return staff_of(cafe, Role.OWNER)


@pytest.fixture
def colleague(cafe: Merchant) -> User:
    """A cashier of the same shop: may look, may not change the programme."""
    return staff_of(cafe, Role.CASHIER)


@pytest.fixture
def outsider(bikes: Merchant) -> User:
    """The owner of another shop."""
    return staff_of(bikes, Role.OWNER)


@pytest.fixture
def as_owner(cafe: Merchant, owner: User) -> Client:
    return client_of(cafe, owner)


@pytest.fixture
def as_colleague(cafe: Merchant, colleague: User) -> Client:
    return client_of(cafe, colleague)


@pytest.fixture
def as_nobody(cafe: Merchant) -> Client:
    return client_of(cafe)
