"""Opening balances: posted in bulk, once, and undone in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from customers.cards import new_card_code
from customers.models import Customer
from loyalty import ledger
from loyalty.ledger_calls import LOOK_AHEAD
from loyalty.ledger_errors import KeyReused, WrongAmount
from loyalty.models import Balance, Journal, Lot
from loyalty.opening import Opened, Opening, open_balances, take_back_balances
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.members import told_of_expiry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]
DAY = timedelta(days=1)


@pytest.fixture
def members(in_cafe: Merchant, now: datetime) -> list[int]:
    people = [Customer(card_code=new_card_code(), created_at=now, joined_at=now) for _ in range(4)]
    return [member.pk for member in Customer.objects.bulk_create(people)]


def open_all(batch: list[Opening], now: datetime, *, to_set: bool = False) -> list[Opened]:
    return open_balances(batch, to_set=to_set, reason="Opening balance", actor=SYSTEM, at=now)


def available(customer_id: int) -> int:
    return Balance.objects.get(pk=customer_id).available


def test_it_opens_balances_of_members_without_history(members: list[int], now: datetime) -> None:
    opened = open_all([Opening(member, 100 * n, f"k{n}") for n, member in enumerate(members)], now)
    assert [available(member) for member in members] == [0, 100, 200, 300]
    assert [one.moved for one in opened] == [0, 100, 200, 300]
    assert opened[0].journal_id is None


def test_it_does_nothing_the_second_time(members: list[int], now: datetime) -> None:
    batch = [Opening(member, 50, f"k{member}") for member in members]
    first, second = open_all(batch, now), open_all(batch, now)
    assert [available(member) for member in members] == [50] * 4
    assert [one.journal_id for one in first] == [one.journal_id for one in second]


def test_it_adds_to_what_is_there_or_sets_it(members: list[int], now: datetime) -> None:
    rich, poor, same, added = members
    for member in (rich, same, added):
        ledger.adjust(member, 100, reason="before", actor=SYSTEM, key=f"b{member}", at=now)
    set_to = [Opening(rich, 30, "s1"), Opening(poor, 30, "s2"), Opening(same, 100, "s3")]
    assert [one.moved for one in open_all(set_to, now, to_set=True)] == [-70, 30, 0]
    open_all([Opening(added, 30, "a")], now)
    assert [available(member) for member in members] == [30, 30, 100, 130]


def test_it_pays_debt_first(members: list[int], now: datetime) -> None:
    member = members[0]
    given = ledger.adjust(member, 100, reason="", actor=SYSTEM, key="g", at=now)
    ledger.adjust(member, -80, reason="", actor=SYSTEM, key="t", at=now)
    ledger.reverse(given.pk, reason="", actor=SYSTEM, key="r", at=now)
    assert Balance.objects.get(pk=member).debt == 80
    open_all([Opening(member, 100, "set")], now, to_set=True)
    assert (available(member), Balance.objects.get(pk=member).debt) == (100, 0)


def test_it_lets_them_expire_on_their_day(members: list[int], now: datetime) -> None:
    open_all([Opening(members[0], 10, "k", expires_at=now + DAY)], now)
    assert ledger.next_due() == now + DAY - LOOK_AHEAD
    told_of_expiry()
    assert ledger.next_due() == now + DAY
    ledger.expire(at=now + DAY)
    assert available(members[0]) == 0


def test_it_is_undone_in_bulk_once(members: list[int], now: datetime) -> None:
    opened = open_all([Opening(member, 100, f"k{member}") for member in members], now)
    ledger.adjust(members[0], -60, reason="", actor=SYSTEM, key="used", at=now)
    ledger.reverse(opened[1].journal_id or 0, reason="", actor=SYSTEM, key="by hand", at=now)
    journals = [one.journal_id for one in opened if one.journal_id]
    undone = take_back_balances(journals, reason="", actor=SYSTEM, at=now)
    assert undone == {journals[0], *journals[2:]}
    assert take_back_balances(journals, reason="", actor=SYSTEM, at=now) == undone
    assert [(available(m), Balance.objects.get(pk=m).debt) for m in members] == [(0, 60), (0, 0), (0, 0), (0, 0)]


def test_it_refuses_two_for_one_member_and_another_amount_under_a_key(members: list[int], now: datetime) -> None:
    with pytest.raises(WrongAmount):
        open_all([Opening(members[0], 1, "a"), Opening(members[0], 1, "b")], now)
    open_all([Opening(members[0], 1, "a")], now)
    with pytest.raises(KeyReused):
        open_all([Opening(members[0], 2, "a")], now)
    assert Journal.objects.count() == Lot.objects.count() == 1
