from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.template import Template
from django.test import utils

from tenants.models import Merchant
from tests import shops
from tests.isolation.canaries import Canaries
from tests.isolation.filling import Filled, fill


class Shops(NamedTuple):
    """Two filled shops, and what may not be seen of the second."""

    ours: Filled
    theirs: Filled
    canaries: Canaries


@pytest.fixture(scope="module")
def filled_shops(django_db_setup: None, django_db_blocker: Any) -> Iterator[Shops]:
    """Both shops, filled once and really committed for all tests of a module."""
    with django_db_blocker.unblock():
        connection.set_schema_to_public()
        ours = fill(Merchant.objects.get(slug="cafe"), "Qzcafe71", first_id=200_001)
        theirs = fill(Merchant.objects.get(slug="bikes"), "Qzbike934", first_id=7_000_001)
        found = Shops(ours, theirs, Canaries(theirs, ours))
    yield found
    with django_db_blocker.unblock():
        shops.put_right()


@pytest.fixture(autouse=True)
def _uncopied_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be rendered as in production: Django's test client copies each template's context, half of the time."""
    monkeypatch.setattr(Template, "_render", utils._TestState.saved_data.template_render)  # type: ignore[attr-defined]


@pytest.fixture
def both(filled_shops: Shops, db: None) -> Shops:
    return filled_shops


@pytest.fixture
def ours(both: Shops) -> Filled:
    """The shop of the attackers, who hold every session and secret of it."""
    return both.ours


@pytest.fixture
def theirs(both: Shops) -> Filled:
    """The shop that is attacked. The attackers know its ids."""
    return both.theirs
