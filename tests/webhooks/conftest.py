"""A receiver that requests may reach, and endpoints there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from customers.models import Customer
from customers.profiles import add_customer
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.webhooks.receiving import Receiver, receiver
from webhooks.endpoints import create_endpoint
from webhooks.models import Endpoint

Open = Callable[..., Endpoint]
Add = Callable[..., Customer]


@pytest.fixture
def program(settings: Settings) -> Iterator[Receiver]:
    with receiver() as running:
        settings.EGRESS_ALLOWED = [f"127.0.0.1:{running.port}"]
        yield running


@pytest.fixture
def open_at(program: Receiver, now: datetime) -> Open:
    """Add an endpoint at a path of the receiver; it carries its secret as `secret`."""

    def opened(path: str = "/hook", *types: str, at: datetime = now) -> Endpoint:
        endpoint, secret = create_endpoint(program.url(path), types=types, actor=SYSTEM, at=at)
        endpoint.secret = secret  # type: ignore[attr-defined]
        return endpoint

    return opened


@pytest.fixture
def endpoint(in_cafe: Merchant, open_at: Open) -> Endpoint:
    """One endpoint of the café that hears of everything."""
    return open_at()


@pytest.fixture
def add(in_cafe: Merchant, now: datetime) -> Add:
    """Make something happen: a new customer, which is customer.created and customer.joined."""

    def added(name: str = "단골 손님", at: datetime = now) -> Customer:
        with transaction.atomic():
            return add_customer(country="KR", actor=SYSTEM, at=at, name=name, email="", phone="")

    return added
