"""What every test stands on: the real PostgreSQL and Valkey, and two shops that must never see each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django_tenants.utils import tenant_context

from staff.models import Role, User
from storefront import known
from tenants import activity, directory
from tenants.models import Merchant
from tests import shops
from tests.services import pytest_configure, pytest_unconfigure  # noqa: F401  (hooks)
from tests.shops import NOW

# What keeps this run's database and cache keys apart from a run beside it: TEST_DB and the parallel worker.
RUN = "_".join(filter(None, [os.environ.get("TEST_DB", "test_dangol"), os.environ.get("PYTEST_XDIST_WORKER")]))
settings.CACHES["default"]["KEY_PREFIX"] = RUN
# A test's data need not survive a power cut: commits do not wait for the disk.
settings.DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
settings.CELERY_BROKER_URL = "memory://"  # nobody listens: tests drain alarms; crash tests start real processes


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    connection.settings_dict["TEST"]["NAME"] = RUN


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After Django made the test database: the installation and two shops, café and bikes."""
    with django_db_blocker.unblock():
        shops.found_shops()
    # Django would truncate the public schema alone after a test that commits.
    TransactionTestCase._fixture_teardown = lambda self: shops.put_right()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _clean_memory() -> Iterator[None]:
    """No test inherits another's cache, remembered hosts or active schema."""
    yield
    shops.forget_cached(RUN)
    directory.forget()
    activity.forget()
    known.forget()
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
