"""An endpoint that hangs holds up nobody else: neither others of its shop, nor other shops, nor the worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from threading import Event

import pytest
from django.db import connection, transaction
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


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PATIENCE", 0.1)
    monkeypatch.setattr(working, "TURN", 0.3)


def happens(shop: Merchant, at: datetime, times: int = 1) -> None:
    with tenant_context(shop), transaction.atomic():
        for _ in range(times):
            add_customer(country="KR", actor=SYSTEM, at=at, name="x", email="", phone="")


def work(shop: Merchant, at: datetime) -> None:
    """Have a worker come by."""
    alarms.run_due(shop.schema_name, "webhooks", at=at)


def states(shop: Merchant, path: str) -> set[str]:
    with tenant_context(shop):
        return set(Message.objects.filter(endpoint__url__endswith=path).values_list("state", flat=True))


def sent(shop: Merchant, path: str) -> bool:
    return states(shop, path) == {"sent"}


@pytest.fixture
def hanging(program: Receiver) -> Iterator[Event]:
    """An endpoint hangs until this is set."""
    program.hangs["/hanging"] = Event()
    yield program.hangs["/hanging"]
    program.hangs["/hanging"].set()


def test_an_endpoint_that_hangs_holds_up_nobody_else(
    cafe: Merchant, bikes: Merchant, program: Receiver, hanging: Event, open_at: Open, now: datetime
) -> None:
    with tenant_context(cafe):
        open_at("/hanging", "customer.joined")
        open_at("/well", "customer.joined")
    with tenant_context(bikes):
        open_at("/bikes", "customer.joined")
    happens(cafe, now, 30)
    happens(bikes, now)
    work(cafe, now)
    work(bikes, now)
    assert wait_until(lambda: sent(bikes, "/bikes"), seconds=10)

    def all_sent() -> bool:
        work(cafe, now)
        return sent(cafe, "/well")

    assert wait_until(all_sent, seconds=10)
    assert len(program.at("/well")) == 30
    assert states(cafe, "/hanging") <= {"sending", "waiting"}  # nothing of it is settled yet
    with tenant_context(cafe):  # those whose patience ended made room for others, but never for more at once
        under_way = Message.objects.filter(endpoint__url__endswith="/hanging", state="sending").count()
    assert 0 < under_way <= working.PER_ENDPOINT


def test_the_thread_writes_down_itself_what_came_of_it(
    cafe: Merchant, hanging: Event, open_at: Open, now: datetime
) -> None:
    with tenant_context(cafe):
        open_at("/hanging", "customer.joined")
    happens(cafe, now)
    work(cafe, now)
    assert states(cafe, "/hanging") == {"sending"}
    hanging.set()
    assert wait_until(lambda: sent(cafe, "/hanging"), seconds=10)
    with tenant_context(cafe):
        assert len(Message.objects.get().tries) == 1
        assert Endpoint.objects.get().failures == 0


def test_no_plan_claims_more_than_an_endpoint_may_have(cafe: Merchant, open_at: Open, now: datetime) -> None:
    """The planner may look into a subquery anew for each message, and each time it would find others to lock."""
    with tenant_context(cafe):
        open_at("/hanging", "customer.joined")
    happens(cafe, now, 30)
    with tenant_context(cafe), transaction.atomic(), connection.cursor() as cursor:
        for plan in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            cursor.execute(f"SET LOCAL enable_{plan} = off")
        assert len(working.claim(now, most=32)) == working.PER_ENDPOINT
