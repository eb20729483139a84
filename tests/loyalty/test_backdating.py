"""Points for orders from before the programme: counted first, given, exact under refunds, taken back as one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from customers.identities import prove_email
from customers.orders import apply_orders
from customers.snapshots import OrderSnapshot
from loyalty import backdating, ledger
from loyalty.audit import audit
from loyalty.history import history
from loyalty.models import Backdating, Balance, Lot, OrderEarning
from loyalty.rules import Rules
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.loyalty.orders import NOON, RULES, after, buyer, deliver, order, publish, refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

OWNER = Actor("staff", 1, "Owner")
LONG_AGO = NOON - timedelta(days=400)
LABEL = "The shop"


def past(number: int, days: int = 400, *, member: str = "7", **fields: Any) -> OrderSnapshot:
    """A paid order of 12,345 won from before the programme."""
    placed_at = NOON - timedelta(days=days)
    times: dict[str, Any] = {"placed_at": placed_at, "paid_at": placed_at, "updated_at": placed_at}
    return order(**({"external_id": str(number), "buyer": buyer(member)} | times | fields))


@pytest.fixture(autouse=True)
def shop(in_cafe: Merchant) -> None:
    """Two members with past orders of 123 points each: one has two, the other one. The programme began yesterday."""
    publish()
    bring(past(1001), past(1002, 100), past(1003, 300, member="8"))


def bring(*orders: OrderSnapshot, at: datetime = NOON) -> None:
    with transaction.atomic():
        apply_orders(orders, at=at)


def counted(kind: str = "orders", since: datetime | None = None) -> Backdating:
    found = backdating.count("st_1", kind=kind, since=since, actor=OWNER, at=NOON)
    return done(found)


def done(found: Backdating, at: datetime = NOON) -> Backdating:
    backdating.run(at)
    return Backdating.objects.get(pk=found.pk)


def given(kind: str = "orders", since: datetime | None = None) -> Backdating:
    return done(backdating.give(counted(kind, since), label=LABEL, actor=OWNER, at=NOON))


def taken_back(found: Backdating, at: datetime = NOON) -> Backdating:
    return done(backdating.take_back(found, label=LABEL, actor=OWNER, at=at), at)


def available() -> list[int]:
    return list(Balance.objects.order_by("customer_id").values_list("available", flat=True))


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_counting_tells_what_it_comes_to_and_posts_nothing(kind: str) -> None:
    found = counted(kind)
    assert (found.state, found.counts) == ("counted", {"members": 2, "orders": 3, "points": 369})
    assert backdating.worth(found) == (369, "KRW")
    assert not any(available())


def test_only_orders_since_the_day_that_was_chosen_count() -> None:
    assert counted(since=NOON - timedelta(days=200)).counts == {"members": 1, "orders": 1, "points": 123}


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_giving_posts_exactly_what_was_counted(kind: str) -> None:
    assert given(kind).state == "given"
    assert available() == [246, 123]


def test_points_for_the_past_last_as_long_as_those_of_today() -> None:
    given()
    assert {lot.expires_at for lot in Lot.objects.all()} == {Lot.objects.all()[0].expires_at}
    assert (Lot.objects.all()[0].expires_at or NOON) > NOON + timedelta(days=3 * 365)


def test_each_order_says_why_it_earned() -> None:
    given()
    assert set(OrderEarning.objects.values_list("posted", "outcome")) == {(123, "earned")}
    line = history(Balance.objects.order_by("customer_id")[0].customer_id)[0]
    assert line.reason == "For an order placed before the programme began."


def test_a_refund_later_takes_exactly_its_points_back() -> None:
    given()
    deliver(refund("r1", 2_345))
    assert available() == [223, 123]


def test_a_refund_takes_nothing_from_an_opening_balance() -> None:
    given("opening")
    deliver(refund("r1", 2_345))
    assert available() == [246, 123]


def test_past_orders_that_come_later_earn_too() -> None:
    given()
    bring(past(1004, 50))
    assert available() == [369, 123]


def test_past_orders_that_come_later_are_in_no_opening_balance() -> None:
    given("opening")
    bring(past(1004, 50))
    assert available() == [246, 123]


def test_a_guests_past_order_earns_once_they_prove_their_address() -> None:
    guest = buyer("", email="guest@example.com")
    bring(order(external_id="1005", placed_at=LONG_AGO, paid_at=LONG_AGO, updated_at=LONG_AGO, buyer=guest))
    given()
    with transaction.atomic():
        prove_email("guest@example.com", at=after(5), actor=SYSTEM)
    assert available() == [246, 123, 123]


def test_orders_of_another_store_earn_nothing() -> None:
    given()
    bring(past(1006, source="st_2"))
    assert OrderEarning.objects.get(order__external_id="1006").outcome == "before_programme"


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_taking_back_leaves_nothing(kind: str) -> None:
    found = taken_back(given(kind))
    assert (found.state, available()) == ("taken_back", [0, 0])


def test_orders_that_changed_since_are_taken_back_whole() -> None:
    found = given()
    deliver(refund("r1", 2_345))
    bring(past(1004, 50))
    taken_back(found)
    assert available() == [0, 0]
    assert not OrderEarning.objects.exclude(posted=0).exists()


def test_what_orders_of_the_programme_earned_stays() -> None:
    found = given()
    bring(order(external_id="2001", buyer=buyer("7")))
    taken_back(found)
    assert [balance.pending for balance in Balance.objects.order_by("customer_id")] == [123, 0]


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_points_that_were_used_become_debt_and_the_page_can_say_so_before(kind: str) -> None:
    found = given(kind)
    member = Balance.objects.order_by("customer_id")[0].customer_id
    hold = ledger.hold(member, 200, reason="", actor=OWNER, key="h", at=NOON)
    ledger.capture(hold.pk, actor=OWNER, key="c", at=NOON)
    assert backdating.cost_of_taking_back(found) == backdating.Cost(members=2, points=369, indebted=1, owed=200)
    taken_back(found)
    assert list(Balance.objects.order_by("customer_id").values_list("available", "debt")) == [(0, 200), (0, 0)]
    assert audit() == []


def test_after_taking_back_another_choice_can_be_made() -> None:
    taken_back(given("opening"))
    given("orders")
    assert available() == [246, 123]


def test_there_is_one_choice_at_a_time() -> None:
    given()
    with pytest.raises(backdating.NotPossible, match="already"):
        counted("opening")


def test_a_new_question_replaces_one_that_was_only_counted() -> None:
    counted()
    counted("opening")
    assert Backdating.objects.get().kind == "opening"


def test_what_was_only_counted_can_be_put_away() -> None:
    backdating.put_away(counted())
    assert not Backdating.objects.exists()


def test_nothing_can_be_given_twice_or_uncounted() -> None:
    found = given()
    with pytest.raises(backdating.NotPossible):
        backdating.give(found, label=LABEL, actor=OWNER, at=NOON)


def test_it_works_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backdating, "MEMBERS", 1)
    monkeypatch.setattr(backdating, "ORDERS", 1)
    assert counted().counts == {"members": 2, "orders": 3, "points": 369}
    found = done(backdating.give(Backdating.objects.get(), label=LABEL, actor=OWNER, at=NOON))
    assert (found.counts["done"], available()) == (3, [246, 123])


def test_taking_back_may_begin_while_it_is_being_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backdating, "ORDERS", 2)
    found = backdating.give(counted(), label=LABEL, actor=OWNER, at=NOON)
    backdating._batch(NOON)
    assert OrderEarning.objects.filter(posted__gt=0).count() == 2
    taken_back(found)
    assert sum(available()) == 0


def test_both_acts_are_in_the_trail() -> None:
    taken_back(given())
    actions = AuditEntry.objects.order_by("-pk").values_list("action", "object_label", "changes")[:2]
    assert [tuple(row) for row in actions] == [
        ("past.taken_back", LABEL, {"points": [None, 369]}),
        ("past.given", LABEL, {"points": [None, 369]}),
    ]


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_rules_that_ask_for_the_first_order_are_counted_as_they_are_given(kind: str) -> None:
    first = {"key": "first", "kind": "nth_order", "name": {"en": "First"}, "points": 1_000}
    publish(Rules.from_json({**RULES.to_json(), "earning": [first]}), at=NOON)
    assert counted(kind).counts["points"] == 2_369
    given(kind)
    assert available() == [1_246, 1_123]
