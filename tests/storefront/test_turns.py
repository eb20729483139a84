"""Whose turn it is: one shop's backlog keeps no other shop waiting for longer than one batch."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from storefront import claiming
from tenants import alarms
from tenants.models import Merchant
from tests.storefront.sending import Sender, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> deque[tuple[str, str]]:
    """What Celery's queue would hold, for one worker to take from its beginning."""
    waiting: deque[tuple[str, str]] = deque()
    for place in ("tenants.alarms.send", "storefront.keeping.send"):
        monkeypatch.setattr(place, lambda schema_name, kind: waiting.append((schema_name, kind)))
    return waiting


def sent(sender: Sender, numbers: range, committed: Any) -> None:
    """Orders delivered, and what their commits put into the queue."""
    for number in numbers:
        with committed(execute=True):
            sender.send("order.paid", an_order(id=str(number)))


def states(sender: Sender) -> list[str]:
    return [delivery.state for delivery in sender.deliveries()]


def test_a_single_order_waits_for_one_batch_of_a_busy_shop(
    cafe: Merchant, bikes: Merchant, queue: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(claiming, "BATCH", 3)
    busy, small = Sender(cafe), Sender(bikes)
    sent(busy, range(12), django_capture_on_commit_callbacks)
    turns = []
    while queue:
        turns.append(queue.popleft())
        if len(turns) == 2:  # while the busy shop's second batch is being worked on
            sent(small, range(1), django_capture_on_commit_callbacks)
        alarms.run_due(*turns[-1])
        if turns[-1] == (bikes.schema_name, "inbox"):
            break
    assert [schema for schema, kind in turns if kind == "inbox"] == [cafe.schema_name] * 2 + [bikes.schema_name]
    assert states(small) == ["done"]
    assert states(busy).count("new") == 6


def test_a_batch_ends_where_its_bodies_grow_too_large(cafe: Merchant, monkeypatch: Any) -> None:
    busy = Sender(cafe)
    for number in range(3):
        busy.send("order.paid", an_order(id=str(number), number="x" * 50))
    monkeypatch.setattr(claiming, "BATCH_BYTES", 2 * len(busy.deliveries()[0].body))
    alarms.run_due(cafe.schema_name, "inbox")
    assert states(busy) == ["done", "done", "new"]


def test_a_body_beyond_a_whole_batch_is_worked_on_alone(cafe: Merchant, monkeypatch: Any) -> None:
    busy = Sender(cafe)
    for number in range(2):
        busy.send("order.paid", an_order(id=str(number)))
    monkeypatch.setattr(claiming, "BATCH_BYTES", 1)
    alarms.run_due(cafe.schema_name, "inbox")
    assert states(busy) == ["done", "new"]
