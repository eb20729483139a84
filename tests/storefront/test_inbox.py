"""The inbox: each delivery takes effect exactly once, and a poisoned one stops nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from customers import events
from customers.events import Happened
from customers.models import Customer, Order
from staff.actors import Actor
from staff.models import AuditEntry
from storefront import inbox
from storefront.log import health
from storefront.models import Delivery
from tenants import alarms
from tenants.models import Alarm, Merchant
from tests.storefront.sending import Sender, an_order

pytestmark = pytest.mark.django_db

OWNER = Actor("staff", 1, "Owner")


@pytest.fixture
def sender(cafe: Merchant) -> Sender:
    return Sender(cafe)


@pytest.fixture
def poison() -> Iterator[set[str]]:
    """Orders with these ids make a subscriber fail."""
    poisoned: set[str] = set()

    @events.subscribe("order.changed", name="tests.poison")
    def fail(batch: Sequence[Happened], at: datetime) -> None:
        ids = Order.objects.filter(pk__in=[h.subject_id for h in batch]).values_list("external_id", flat=True)
        if hit := poisoned & set(ids):
            raise RuntimeError(f"cannot digest {hit}")

    yield poisoned
    del events._subscribers["order.changed"]["tests.poison"]


def attempt(sender: Sender, at: datetime) -> None:
    """One batch, at that time."""
    with tenant_context(sender.merchant):
        inbox.run(at)


def a_refund(**fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"id": "r1", "order_id": "1001", "currency": "KRW", "updated_at": now, "total": "5000"} | fields


def test_an_order_becomes_an_order_with_its_customer(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    sender.work()
    [delivery] = sender.deliveries()
    with tenant_context(cafe):
        order = Order.objects.select_related("customer").get()
    assert (delivery.state, delivery.order_id, delivery.customer_id) == ("done", order.pk, order.customer_id)
    assert order.customer is not None
    assert (order.source, order.customer.phone) == (sender.store.public_id, "+821012345678")


def test_a_refund_and_a_customer_become_what_they_are(sender: Sender, cafe: Merchant) -> None:
    customer = {"id": "7", "updated_at": datetime.now(UTC).isoformat(), "name": "김민수", "birthday": "1990-05-17"}
    sender.send("order.refunded", a_refund())
    sender.send("customer.updated", customer)
    sender.work()
    refund, person = sender.deliveries()
    with tenant_context(cafe):
        assert Order.objects.get(pk=refund.order_id or 0).refunded == 5_000
        assert str(Customer.objects.get(pk=person.customer_id or 0).birthday) == "1990-05-17"


@pytest.mark.parametrize("kind", ["order.created", "order.updated", "order.cancelled"])
def test_the_type_of_an_order_event_changes_nothing(sender: Sender, cafe: Merchant, kind: str) -> None:
    sender.send(kind, an_order())
    sender.work()
    with tenant_context(cafe):
        assert Order.objects.get().state == "paid"


def test_a_poisoned_delivery_stops_nobody(sender: Sender, poison: set[str]) -> None:
    poison.add("4")
    for n in range(9):
        sender.send("order.paid", an_order(id=str(n)))
    attempt(sender, datetime.now(UTC))
    states = {d.subject: d.state for d in sender.deliveries()}
    assert states == {str(n): "failed" if n == 4 else "done" for n in range(9)}


def test_a_failed_delivery_has_left_no_trace(sender: Sender, cafe: Merchant, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    attempt(sender, datetime.now(UTC))
    with tenant_context(cafe):
        assert not Order.objects.exists()
        assert not Customer.objects.exists()


def test_it_says_why_it_failed(sender: Sender, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    attempt(sender, datetime.now(UTC))
    [delivery] = sender.deliveries()
    assert delivery.reason == "Something went wrong on our side while this was processed."
    assert delivery.errors == [{"path": "", "message": "RuntimeError: cannot digest {'1001'}"}]


def test_it_is_tried_again_later_and_later_and_then_given_up(sender: Sender, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    now, waits = datetime.now(UTC), []
    while True:
        attempt(sender, now)
        [delivery] = sender.deliveries()
        if delivery.next_try_at is None:
            break
        waits.append((delivery.next_try_at - now).total_seconds())
        attempt(sender, delivery.next_try_at - timedelta(seconds=1))  # too early: nothing happens
        now = delivery.next_try_at
    assert waits == [10, 60, 300, 1800, 7200, 21600]
    assert (delivery.state, delivery.attempts) == ("dead", 7)


def test_a_cured_delivery_succeeds_at_its_next_try(sender: Sender, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    attempt(sender, datetime.now(UTC))
    poison.clear()
    attempt(sender, datetime.now(UTC) + timedelta(seconds=11))
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.attempts, delivery.errors) == ("done", 2, [])


def test_the_alarm_is_put_back_to_the_next_try(sender: Sender, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    sender.work()
    [delivery] = sender.deliveries()
    alarm = Alarm.objects.get(schema_name=sender.merchant.schema_name, kind="inbox")
    assert alarm.due_at == delivery.next_try_at


def test_an_empty_inbox_has_no_alarm_due(sender: Sender) -> None:
    sender.send("order.paid", an_order())
    sender.work()
    assert Alarm.objects.get(schema_name=sender.merchant.schema_name, kind="inbox").due_at is None


# ── Replay ──────────────────────────────────────────────────────────────────────────────────────


def test_a_dead_delivery_can_be_replayed(sender: Sender, cafe: Merchant, poison: set[str]) -> None:
    poison.add("1001")
    sender.send("order.paid", an_order())
    attempt(sender, datetime.now(UTC))
    poison.clear()
    with tenant_context(cafe):
        inbox.replay(Delivery.objects.get(), actor=OWNER, at=datetime.now(UTC))
    sender.work()
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.attempts) == ("done", 1)


def test_a_replay_of_a_done_delivery_changes_nothing(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    sender.work()
    with tenant_context(cafe):
        before = Order.objects.get().changed_at
        inbox.replay(Delivery.objects.get(), actor=OWNER, at=datetime.now(UTC))
    sender.work()
    with tenant_context(cafe):
        assert (Order.objects.get().changed_at, Delivery.objects.get().state) == (before, "done")


def test_a_replay_is_audited(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    with tenant_context(cafe):
        inbox.replay(Delivery.objects.get(), actor=OWNER, at=datetime.now(UTC))
        assert AuditEntry.objects.get(action="delivery.replayed").actor_name == "Owner"


# ── Order and repetition through the hook ──────────────────────────────────────────────────────


def test_a_refund_before_its_order_ends_like_one_after_it(cafe: Merchant) -> None:
    ended = []
    order, refund = an_order(), a_refund()
    for story in (["order", "refund"], ["refund", "order"], ["refund", "order", "refund", "order"]):
        sender = Sender(cafe)
        for part in story:
            if part == "order":
                sender.send("order.paid", order)
            else:
                sender.send("order.refunded", refund)
            sender.work()
        with tenant_context(cafe):
            row = Order.objects.get(source=sender.store.public_id)
        ended.append((row.state, row.total, row.refunded, row.changed_in_store_at))
    assert len(set(ended)) == 1


def test_a_full_batch_takes_few_queries(sender: Sender, cafe: Merchant) -> None:
    with tenant_context(cafe):
        now = datetime.now(UTC)
        for n in range(200):
            person = {"id": str(n % 50), "name": f"Customer {n % 50}", "email": f"c{n % 50}@example.com"}
            body = {"type": "order.paid", "data": an_order(id=str(n), customer=person)}
            Delivery.objects.create(
                store=sender.store, key=str(n), topic="order.paid", body=json.dumps(body).encode(), body_sha256=b"",
                received_at=now, next_try_at=now,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            inbox.run(now)
        assert Delivery.objects.filter(state="done").count() == 200
    assert len(captured) < 80, len(captured)


# ── The log ─────────────────────────────────────────────────────────────────────────────────────


def test_the_log_is_filtered_by_state_topic_and_text(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order(), key="m1")
    sender.send("order.paid", an_order(total="x"), key="m2")
    sender.send("order.refunded", a_refund(), key="m3")
    with tenant_context(cafe):
        log = Delivery.objects
        assert [d.key for d in log.in_state("new").on_topic("order.paid")] == ["m1"]
        assert log.in_state("refused").get().key.startswith("m2#")
        assert log.search("m3").get().topic == "order.refunded"
        assert log.search("1001").count() == 3
        assert log.in_state("").on_topic("").search(" ").count() == 3


def test_the_health_of_a_store_counts_a_week(sender: Sender, cafe: Merchant, poison: set[str]) -> None:
    poison.add("bad")
    sender.send("order.paid", an_order())
    sender.send("order.paid", an_order(id="bad"))
    attempt(sender, datetime.now(UTC))
    sender.send("order.paid", an_order(total="x"))
    sender.send("order.paid", an_order(id="next"))
    with tenant_context(cafe):
        found = health(sender.store, at=datetime.now(UTC))
        later = health(sender.store, at=datetime.now(UTC) + timedelta(days=8))
    assert (found.received, found.waiting, found.refused, found.failing) == (4, 1, 1, 1)
    assert (later.received, later.last_received_at) == (0, found.last_received_at)


def test_a_failure_of_the_database_itself_fails_the_alarm(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '1ms'")
            cursor.execute(f'SET LOCAL search_path = "{cafe.schema_name}", public')
        ran = alarms.run_due(cafe.schema_name, "inbox", at=datetime.now(UTC))
        transaction.set_rollback(True)
    assert ran
    assert [d.state for d in sender.deliveries()] == ["new"]
