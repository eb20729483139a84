"""Points that are taken back: from where, what is owed when they are gone, and how it is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loyalty import ledger
from loyalty.ledger import Earn
from loyalty.models import Balance
from staff.actors import SYSTEM
from tests.loyalty.members import claw_back, earn, has, left, member, order_of, told
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

DAY = timedelta(days=1)


def test_points_of_the_order_go_first_pending_before_available() -> None:
    who = member()
    order, other = order_of(who), order_of(who)
    earn(who, 10, "other", order_id=other, expires_at=NOW + DAY)
    earn(who, 10, "available", order_id=order)
    earn(who, 10, "pending", order_id=order, matures_at=NOW + DAY)
    claw_back(who, order, 15)
    assert left(who) == [10, 5, 0]


def test_what_the_order_lacks_comes_from_the_points_that_expire_first() -> None:
    who = member()
    order = order_of(who)
    earn(who, 10, "order", order_id=order, expires_at=NOW + DAY)
    ledger.hold(who, 10, **told("h"))
    earn(who, 10, "never")
    earn(who, 10, "soon", expires_at=NOW + 9 * DAY)
    claw_back(who, order, 10)
    assert left(who) == [0, 10, 0]


def test_what_is_gone_becomes_debt_and_the_next_points_pay_it() -> None:
    who = member()
    order = order_of(who)
    earn(who, 100, "order", order_id=order)
    ledger.capture(ledger.hold(who, 80, **told("h")).pk, **told("c"))
    claw_back(who, order, 100)
    assert has(who) == {"debt": 80}
    earn(who, 30, "pays part")
    assert has(who) == {"debt": 50}
    earn(who, 60, "pays the rest when it matures", matures_at=NOW + DAY)
    assert has(who) == {"debt": 50, "pending": 60}
    ledger.mature(at=NOW + DAY)
    assert has(who) == {"available": 10}


def test_a_batch_pays_debt_with_its_first_earnings() -> None:
    who = member()
    order = order_of(who)
    earn(who, 15, "order", order_id=order)
    ledger.hold(who, 15, **told("h"))
    claw_back(who, order, 15)
    ledger.earn([Earn(who, 10, f"e{n}", NOW) for n in range(3)], actor=SYSTEM, at=NOW)
    assert left(who) == [0, 0, 5, 10]
    assert has(who) == {"available": 15, "held": 15}


def test_points_that_return_pay_debt_first() -> None:
    who = member()
    order = order_of(who)
    earn(who, 50, "order", order_id=order)
    hold = ledger.hold(who, 50, **told("h"))
    claw_back(who, order, 20)
    ledger.void(hold.pk, **told("v"))
    assert has(who) == {"available": 30}


def test_points_that_expired_are_not_taken_a_second_time() -> None:
    who = member()
    order = order_of(who)
    earn(who, 40, "order", order_id=order, expires_at=NOW + DAY, told=True)
    earn(who, 100, "other")
    ledger.expire(at=NOW + DAY)
    claw_back(who, order, 40, at=NOW + DAY)
    assert has(who) == {"available": 100}
    assert Balance.objects.get(pk=who).earned == 100


def test_expired_points_cover_claw_backs_only_once() -> None:
    who = member()
    order = order_of(who)
    earn(who, 40, "expires", order_id=order, expires_at=NOW + DAY, told=True)
    earn(who, 40, "spent", order_id=order)
    ledger.expire(at=NOW + DAY)
    ledger.hold(who, 40, **told("h", at=NOW + DAY))
    claw_back(who, order, 30, "first", at=NOW + DAY)
    assert has(who) == {"held": 40}
    claw_back(who, order, 30, "second", at=NOW + DAY)
    assert has(who) == {"held": 40, "debt": 20}
