"""What happens in a shop becomes messages: which, with what in them, and when not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.erasing import erase
from customers.events import Happened, record
from customers.identities import apply_customers
from customers.merging import merge
from customers.profiles import edit_customer
from customers.snapshots import CustomerSnapshot
from loyalty import ledger
from loyalty.models import Balance, Journal
from loyalty.opening import Opening, open_balances, take_back_balances
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty.members import earn, has, member, told, told_of_expiry
from tests.loyalty.orders import NOON, deliver, order, publish, refund
from tests.webhooks.conftest import Add, Open
from webhooks.models import Endpoint, Message

ACCOUNTS = ("available", "pending", "held", "debt")


def messages(name: str) -> list[Any]:
    """The data of all messages of this type, oldest first."""
    return [
        json.loads(body)["data"]
        for body in Message.objects.filter(type=name).order_by("id").values_list("body", flat=True)
    ]


def points() -> list[tuple[str, int]]:
    """Kind and net points of each points.changed."""
    return [(data["kind"], data["points"]) for data in messages("points.changed")]


def test_nothing_is_written_while_nobody_listens(in_cafe: Merchant, add: Add) -> None:
    add()
    earn(member(), 10)
    assert not Message.objects.exists()


def test_the_ledger_costs_no_further_query_while_nobody_hears_of_points(open_at: Open, in_cafe: Merchant) -> None:
    open_at("/hook", "order.updated")
    who = member()
    earn(who, 1, key="first")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        earn(who, 10)
    assert len(queries) == 1
    assert points() == []


def test_an_order_is_told_as_it_stands(endpoint: Endpoint) -> None:
    publish()
    deliver(order())
    deliver(refund("r1", 2_345))
    first, second = messages("order.updated")
    assert first["order"] | {"id": 0} == {
        "id": 0, "source": "st_1", "external_id": "1001", "number": "#1001", "state": "paid", "test": False,
        "currency": "KRW", "subtotal": 12_345, "discount": 0, "shipping": 0, "tax": 0, "total": 12_345,
        "points_paid": 0, "refunded": 0, "placed_at": NOON.isoformat(), "paid_at": NOON.isoformat(),
        "cancelled_at": None,
        "customer": {"id": first["order"]["customer"]["id"], "external_ids": [{"source": "st_1", "id": "7"}]},
    }  # fmt: skip
    assert second["order"]["refunded"] == 2_345


def test_what_an_order_does_to_points_is_told_with_the_order(endpoint: Endpoint) -> None:
    publish()
    deliver(order())
    (data,) = messages("points.changed")
    journal = Journal.objects.get()
    assert data == {
        "customer": {"id": journal.customer_id, "external_ids": [{"source": "st_1", "id": "7"}]},
        "journal": journal.pk, "kind": "earn", "points": 123, "reason": "",
        "changes": [{"account": "pending", "points": 123, "balance": 123}],
        "order": {"id": journal.order_id, "source": "st_1", "external_id": "1001"},
    }  # fmt: skip


def test_every_posting_is_told_once(endpoint: Endpoint, in_cafe: Merchant, now: datetime) -> None:
    who = member()
    earn(who, 100, matures_at=now + timedelta(days=1), expires_at=now + timedelta(days=9))
    earn(who, 100, matures_at=now + timedelta(days=1), expires_at=now + timedelta(days=9))  # the same again
    drain(in_cafe, now + timedelta(days=2))
    later = now + timedelta(days=3)
    told_of_expiry()
    held = ledger.hold(who, 30, **told("hold", later))
    ledger.capture(held.pk, **told("capture", later))
    given = ledger.adjust(who, 5, **told("give", later))
    ledger.reverse(given.pk, **told("undo", later))
    drain(in_cafe, now + timedelta(days=10))
    assert points() == [
        ("earn", 100), ("mature", 0), ("hold", 0), ("capture", -30), ("adjust", 5), ("reverse", -5), ("expire", -70),
    ]  # fmt: skip
    assert {data["journal"] for data in messages("points.changed")} == set(Journal.objects.values_list("pk", flat=True))


def test_points_that_matured_while_a_command_looked_are_told_too(endpoint: Endpoint, now: datetime) -> None:
    who = member()
    earn(who, 100, matures_at=now + timedelta(days=1))
    ledger.adjust(who, -40, **told("take", now + timedelta(days=2)))
    assert points() == [("earn", 100), ("mature", 0), ("adjust", -40)]


def test_the_last_balances_told_are_those_of_the_ledger(endpoint: Endpoint, now: datetime) -> None:
    who = member()
    earn(who, 100)
    ledger.hold(who, 30, **told("hold"))
    ledger.adjust(who, -20, **told("take"))
    last: dict[str, int] = {}
    for data in messages("points.changed"):
        last |= {change["account"]: change["balance"] for change in data["changes"]}
    balance = Balance.objects.get(pk=who)
    assert last == {account: getattr(balance, account) for account in ACCOUNTS if account in last}
    assert has(who) == {"available": 50, "held": 30}


def test_balances_brought_along_and_taken_back_are_told(endpoint: Endpoint, now: datetime) -> None:
    who = member()
    act: dict[str, Any] = {"reason": "moved here", "actor": SYSTEM, "at": now}
    (opened,) = open_balances([Opening(who, 70, "bring")], to_set=False, **act)
    assert opened.journal_id
    take_back_balances([opened.journal_id], **act)
    assert points() == [("adjust", 70), ("reverse", -70)]


def test_a_batch_is_told_in_a_fixed_number_of_queries(endpoint: Endpoint, now: datetime) -> None:
    people = [member() for _ in range(40)]
    counted = []
    for size in (2, 38):
        batch = [ledger.Earn(who, 1, f"{size}:{who}", now) for who in people[:size]]
        with CaptureQueriesContext(connection) as queries:
            ledger.earn(batch, actor=SYSTEM, at=now)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def account(**fields: Any) -> CustomerSnapshot:
    plain = CustomerSnapshot(
        source="st_1",
        updated_at=NOON,
        external_id="7",
        name="김단골",
        email="dangol@example.com",
        phone="+821012345678",
    )
    return replace(plain, **fields)


def test_an_account_at_a_store_is_told_by_its_ids(endpoint: Endpoint, now: datetime) -> None:
    with transaction.atomic():
        apply_customers([account()], at=now)
    (created,), (joined,) = messages("customer.created"), messages("customer.joined")
    assert created["customer"] == joined["customer"]
    assert created["customer"]["external_ids"] == [{"source": "st_1", "id": "7"}]


def test_a_changed_account_is_told_and_an_unchanged_one_is_not(endpoint: Endpoint, now: datetime) -> None:
    with transaction.atomic():
        apply_customers([account()], at=now)
        apply_customers([account(updated_at=NOON + timedelta(hours=1))], at=now)
    assert messages("customer.updated") == []
    with transaction.atomic():
        apply_customers([account(updated_at=NOON + timedelta(hours=2), name="이단골")], at=now)
    assert len(messages("customer.updated")) == 1


def test_a_customer_changed_by_hand_is_told(endpoint: Endpoint, add: Add, now: datetime) -> None:
    customer = add()
    with transaction.atomic():
        edit_customer(customer, country="KR", actor=SYSTEM, at=now, name="other")
    (data,) = messages("customer.updated")
    assert data["customer"]["id"] == customer.pk


def test_no_message_says_who_somebody_is(endpoint: Endpoint, now: datetime) -> None:
    publish()
    with transaction.atomic():
        apply_customers([account()], at=now)
    deliver(order(buyer=account(embedded=True)))
    bodies = "".join(Message.objects.values_list("body", flat=True))
    for personal in ("김단골", "dangol@example.com", "1012345678", "Minsu"):
        assert personal not in bodies


def test_a_merge_names_both(endpoint: Endpoint, add: Add, now: datetime) -> None:
    gone, left = add("one"), add("two")
    with transaction.atomic():
        merge(gone, left, actor=SYSTEM, at=now, reason="same person")
    (data,) = messages("customer.merged")
    assert (data["customer"]["id"], data["merged"]) == (left.pk, {"id": gone.pk})


def test_an_erasure_is_told_and_drops_what_was_told_before(
    in_cafe: Merchant, endpoint: Endpoint, add: Add, now: datetime
) -> None:
    customer = add()
    drain(in_cafe, now)
    with transaction.atomic():
        erase(customer, actor=SYSTEM, at=now, reason="asked for")
    assert [data["customer"]["id"] for data in messages("customer.erased")] == [customer.pk]
    assert set(Message.objects.filter(state="sent").values_list("body", flat=True)) == {""}


def test_a_message_falls_with_its_event(endpoint: Endpoint, now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        record([Happened("customer.joined", now)], at=now)
        raise RuntimeError
    assert not Message.objects.exists()
