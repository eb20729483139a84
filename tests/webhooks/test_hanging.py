"""An endpoint that hangs holds up nobody else: neither others of its shop, nor other shops, nor the worker."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from config.processes import wait_until
from customers.profiles import add_customer
from staff.actors import SYSTEM
from tenants import alarms
from tenants.models import Merchant
from tests.webhooks.conftest import Open
from tests.webhooks.receiving import Receiver
from webhooks import working
from webhooks.models import Endpoint, Message

pytestmark = pytest.mark.django_db(transaction=True)
HANGS = 1.2  # seconds


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PATIENCE", 0.1)
    monkeypatch.setattr(working, "TURN", 0.3)


def happens(shop: Merchant, at: datetime, times: int = 1) -> None:
    with tenant_context(shop), transaction.atomic():
        for _ in range(times):
            add_customer(country="KR", actor=SYSTEM, at=at, name="x", email="", phone="")


def work(shop: Merchant, at: datetime) -> float:
    """Have a worker come by; the seconds it was busy."""
    began = time.monotonic()
    alarms.run_due(shop.schema_name, "webhooks", at=at)
    return time.monotonic() - began


def states(shop: Merchant, path: str) -> set[str]:
    with tenant_context(shop):
        return set(Message.objects.filter(endpoint__url__endswith=path).values_list("state", flat=True))


def landed(shop: Merchant) -> bool:
    return "sending" not in states(shop, "/hanging")


def test_an_endpoint_that_hangs_holds_up_nobody_else(
    cafe: Merchant, bikes: Merchant, program: Receiver, open_at: Open, now: datetime
) -> None:
    program.hangs["/hanging"] = HANGS
    with tenant_context(cafe):
        open_at("/hanging", "customer.joined")
        open_at("/well", "customer.joined")
    with tenant_context(bikes):
        open_at("/bikes", "customer.joined")
    happens(cafe, now, 30)
    happens(bikes, now)
    busy = work(cafe, now) + work(bikes, now)
    assert busy < HANGS, "the worker waited for the endpoint that hangs"
    assert states(bikes, "/bikes") == {"sent"}
    assert {"sent"} <= states(cafe, "/well")
    assert len(program.at("/hanging")) <= working.PER_ENDPOINT
    happens(cafe, now)
    while "waiting" in states(cafe, "/well"):
        work(cafe, now)
    assert wait_until(lambda: states(cafe, "/well") == {"sent"}, seconds=10)
    assert len(program.at("/well")) == 31
    assert wait_until(lambda: landed(cafe), seconds=10)


def test_the_thread_writes_down_itself_what_came_of_it(
    cafe: Merchant, program: Receiver, open_at: Open, now: datetime
) -> None:
    program.hangs["/hanging"] = HANGS
    with tenant_context(cafe):
        open_at("/hanging", "customer.joined")
    happens(cafe, now)
    work(cafe, now)
    assert states(cafe, "/hanging") == {"sending"}
    assert wait_until(lambda: landed(cafe), seconds=10)
    assert states(cafe, "/hanging") == {"sent"}
    with tenant_context(cafe):
        assert Message.objects.get().tries[0]["seconds"] >= HANGS
        assert Endpoint.objects.get().failures == 0
