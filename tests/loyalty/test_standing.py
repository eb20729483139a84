"""How a member stands, and the history behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loyalty import ledger
from loyalty.ledger import ClawBack, Earn
from loyalty.models import Journal
from loyalty.rules import Reward
from loyalty.standing import Due, history, lots, standing
from staff.actors import SYSTEM
from tests.loyalty.members import member, order_of
from tests.loyalty.orders import RULES, deliver, order, publish, refund
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]

DAY = timedelta(days=1)
REWARDS = (Reward({"en": "Cake"}, 300, 3_000, "cake"), Reward({"en": "Coffee"}, 100, 1_000, "coffee"))


def earn(who: int, points: int, key: str, **more: Any) -> None:
    ledger.earn([Earn(who, points, key, NOW, **more)], actor=SYSTEM, at=NOW)


def told(key: str) -> dict[str, Any]:
    return {"reason": "", "actor": SYSTEM, "key": key, "at": NOW}


def test_who_never_had_points_stands_at_zero() -> None:
    publish(replace(RULES, rewards=REWARDS))
    stands = standing(member(), at=NOW)
    assert (stands.available, stands.pending, stands.debt, stands.next_expiry) == (0, 0, 0, None)
    assert (stands.reward, stands.missing, stands.share) == (REWARDS[1], 100, 0.0)


def test_it_tells_the_next_reward_and_those_within_reach() -> None:
    publish(replace(RULES, rewards=REWARDS))
    who = member()
    earn(who, 150, "a")
    stands = standing(who, at=NOW)
    assert (stands.reward, stands.missing, stands.share) == (REWARDS[0], 150, 0.5)
    assert stands.affordable == (REWARDS[1],)


def test_what_is_owed_lies_on_the_way() -> None:
    publish(replace(RULES, rewards=REWARDS))
    who = member()
    bought = order_of(who)
    earn(who, 50, "a", order_id=bought)
    ledger.hold(who, 50, **told("h"))
    ledger.claw_back([ClawBack(who, 50, "c", bought, NOW)], actor=SYSTEM, at=NOW)
    stands = standing(who, at=NOW)
    assert (stands.debt, stands.missing, stands.share) == (50, 150, 0.0)


def test_it_tells_what_comes_and_goes_next() -> None:
    who = member()
    earn(who, 10, "a", expires_at=NOW + 9 * DAY)
    earn(who, 20, "b", expires_at=NOW + 9 * DAY)
    earn(who, 40, "c", expires_at=NOW + 10 * DAY)
    earn(who, 7, "d", matures_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    stands = standing(who, at=NOW)
    assert stands.next_expiry == Due(30, NOW + 9 * DAY)
    assert stands.next_maturity == Due(7, NOW + DAY)


def test_it_asks_two_queries(django_assert_num_queries: Any) -> None:
    publish()
    who = member()
    with django_assert_num_queries(2):
        standing(who, at=NOW)


def test_the_history_is_one_query(django_assert_num_queries: Any) -> None:
    who = member()
    for n in range(5):
        earn(who, 10, f"e{n}")
    with django_assert_num_queries(1):
        assert len(history(who)) == 5


def test_each_line_of_the_history_tells_the_balance_it_left() -> None:
    who = member()
    earn(who, 100, "a", matures_at=NOW + DAY)
    earn(who, 50, "b")
    hold = ledger.hold(who, 30, **told("h"))
    ledger.capture(hold.pk, **told("c"))
    ledger.mature(at=NOW + DAY)
    lines = [(line.kind, line.points, line.moved, line.balance_after, line.pending_after) for line in history(who)]
    assert lines == [
        ("mature", 0, 100, 120, 0),
        ("capture", 0, 30, 20, 100),
        ("hold", -30, 0, 20, 100),
        ("earn", 50, 0, 50, 100),
        ("earn", 100, 0, 0, 100),
    ]


def test_the_history_reads_on_where_it_stopped() -> None:
    who = member()
    for n in range(7):
        earn(who, 1, f"e{n}")
    first = history(who, limit=3)
    rest = history(who, before=first[-1].journal_id)
    assert [line.balance_after for line in first + rest] == [7, 6, 5, 4, 3, 2, 1]


def test_a_line_tells_its_order_and_why() -> None:
    publish()
    earning = deliver(order(), refund("r1", 12_345))
    assert earning.customer_id is not None
    taken, given = history(earning.customer_id)
    assert (given.order_number, given.points, given.arithmetic["eligible"]) == ("#1001", 123, 12_345)
    assert (taken.points, taken.reason) == (-123, "All of the money that counted was refunded.")


def test_an_adjustment_can_be_undone_until_it_is() -> None:
    who = member()
    adjustment = ledger.adjust(who, 5, **told("a"))
    assert history(who)[0].reversible
    ledger.reverse(adjustment.pk, **told("r"))
    undo, undone = history(who)
    assert (undo.reversible, undone.reversible, undone.resolved) == (False, False, True)
    assert undo.resolves_id == adjustment.pk


def test_what_an_order_earned_cannot_be_undone_by_hand() -> None:
    who = member()
    earn(who, 5, "a", order_id=order_of(who))
    assert not history(who)[0].reversible


def test_another_members_history_stays_theirs() -> None:
    who, other = member(), member()
    earn(other, 5, "a")
    assert history(who) == []
    assert Journal.objects.count() == 1


def test_lots_are_told_first_to_expire_first() -> None:
    who = member()
    earn(who, 10, "never")
    earn(who, 20, "soon", expires_at=NOW + DAY)
    earn(who, 30, "gone", expires_at=NOW + 2 * DAY)
    ledger.hold(who, 15, **told("h"))
    assert [(lot.points, lot.remaining) for lot in lots(who)] == [(20, 5), (30, 30), (10, 10)]
