"""Clients beyond the usual cast, and a counter of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from staff.models import Role, User
from tenants.models import Merchant
from tests.conftest import client_of, staff_of


@pytest.fixture
def as_manager(cafe: Merchant) -> Client:
    return client_of(cafe, staff_of(cafe, Role.MANAGER))


@pytest.fixture
def as_analyst(cafe: Merchant) -> Client:
    return client_of(cafe, staff_of(cafe, Role.ANALYST))


@pytest.fixture
def as_outsider(cafe: Merchant, outsider: User, bikes: Merchant) -> Client:
    """The owner of another shop, with that shop's session, at this shop's host."""
    client = client_of(cafe)
    client.cookies = client_of(bikes, outsider).cookies
    return client


@pytest.fixture
def queries_of() -> Callable[..., int]:
    """How many queries a page needs: `queries_of(client, "/backoffice/")`."""

    def count(client: Client, path: str, **options: Any) -> int:
        client.get(path, **options)  # what is remembered by the process is not counted
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path, **options).status_code == 200
        return len([query for query in captured if "search_path" not in query["sql"]])

    return count
