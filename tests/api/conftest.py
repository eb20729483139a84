from __future__ import annotations

from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from loyalty.programme import default_rules, publish
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.api.programs import NOW, Program


@pytest.fixture
def program(cafe: Merchant) -> Program:
    """A program of the café whose key may do everything."""
    return Program(cafe)


@pytest.fixture
def programme(cafe: Merchant) -> None:
    """The café gives 1 % in points, usable at once."""
    rules = default_rules("KR", "KRW").to_json() | {"hold_days": 0}
    with tenant_context(cafe):
        start = NOW - timedelta(days=30)
        publish(type(default_rules("KR", "KRW")).from_json(rules), actor=SYSTEM, at=start)
