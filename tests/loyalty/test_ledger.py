"""Each verb of the ledger: what it does to a member's points, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from loyalty import ledger
from loyalty.ledger import Earn
from loyalty.ledger_calls import LOOK_AHEAD
from loyalty.models import Entry, Journal
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tests.loyalty.members import earn, has, left, member, order_of, told
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

DAY = timedelta(days=1)


# ── Earn and mature ─────────────────────────────────────────────────────────────────────────────


def test_points_without_a_wait_are_available_at_once() -> None:
    who = member()
    earn(who, 100)
    assert has(who) == {"available": 100}


def test_points_with_a_wait_are_pending_until_they_mature() -> None:
    who = member()
    earn(who, 100, matures_at=NOW + DAY)
    assert has(who) == {"pending": 100}
    assert ledger.mature(at=NOW + DAY - timedelta(seconds=1)) == 0
    assert ledger.mature(at=NOW + DAY) == 1
    assert has(who) == {"available": 100}


def test_points_whose_wait_is_over_already_are_available() -> None:
    who = member()
    earn(who, 100, matures_at=NOW)
    assert has(who) == {"available": 100}


def test_a_batch_earns_for_many_members_in_its_order() -> None:
    one, two = member(), member()
    batch = [Earn(one, 10, "a", NOW), Earn(two, 20, "b", NOW), Earn(one, 30, "c", NOW, matures_at=NOW + DAY)]
    posted = ledger.earn(batch, actor=SYSTEM, at=NOW)
    assert [Journal.objects.get(pk=p.journal_id).key for p in posted] == ["a", "b", "c"]
    assert has(one) == {"available": 10, "pending": 30}
    assert has(two) == {"available": 20}


def test_the_same_command_again_changes_nothing_and_answers_the_same() -> None:
    who = member()
    command = Earn(who, 100, "a", NOW)
    first, again = (ledger.earn([command], actor=SYSTEM, at=NOW) for _ in range(2))
    assert [(p.journal_id, p.is_new) for p in again] == [(first[0].journal_id, False)]
    assert has(who) == {"available": 100}


def test_a_batch_may_mix_new_and_repeated_commands() -> None:
    who = member()
    old, new = Earn(who, 1, "old", NOW), Earn(who, 10, "new", NOW)
    ledger.earn([old], actor=SYSTEM, at=NOW)
    posted = ledger.earn([new, old, new], actor=SYSTEM, at=NOW)
    assert [p.is_new for p in posted] == [True, False, False]
    assert posted[0].journal_id == posted[2].journal_id
    assert has(who) == {"available": 11}


def test_another_command_under_the_same_key_is_an_error() -> None:
    who = member()
    earn(who, 100, "a")
    with pytest.raises(ledger.KeyReused), transaction.atomic():
        earn(who, 101, "a")
    with pytest.raises(ledger.KeyReused):
        ledger.earn([Earn(who, 1, "b", NOW), Earn(who, 2, "b", NOW)], actor=SYSTEM, at=NOW)
    assert has(who) == {"available": 100}


@pytest.mark.parametrize("points", [0, -1, 1.5, True, 10**15 + 1])
def test_points_earned_are_whole_and_positive(points: Any) -> None:
    with pytest.raises(ledger.WrongAmount):
        earn(member(), points)


@pytest.mark.parametrize(("matures", "due"), [(1, 1), (-1, 9), (0, 9)], ids=["waits", "waited", "just over"])
def test_an_earning_tells_the_alarm_when_its_points_are_looked_at(matures: int, due: int) -> None:
    earn(member(), 100, matures_at=NOW + matures * DAY, expires_at=NOW + 9 * DAY + LOOK_AHEAD)
    assert ledger.next_due() == NOW + due * DAY
    with connection.cursor() as cursor:
        cursor.execute("SELECT due_at FROM tenants_alarm WHERE kind = 'lots' AND schema_name = current_schema()")
        assert cursor.fetchone() == (NOW + due * DAY,)


# ── Hold, capture, void ─────────────────────────────────────────────────────────────────────────


def test_a_hold_takes_first_what_expires_first() -> None:
    who = member()
    earn(who, 10, "never")
    earn(who, 10, "later", expires_at=NOW + 20 * DAY)
    earn(who, 10, "soon", expires_at=NOW + 10 * DAY)
    ledger.hold(who, 15, **told("h"))
    assert left(who) == [10, 5, 0]
    assert has(who) == {"available": 15, "held": 15}


def test_a_hold_of_more_than_there_is_is_refused() -> None:
    who = member()
    earn(who, 10)
    earn(who, 90, "pending", matures_at=NOW + DAY)
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.hold(who, 11, **told("h"))
    assert has(who) == {"available": 10, "pending": 90}


def test_a_hold_counts_what_is_due_even_when_no_sweep_has_run() -> None:
    who = member()
    earn(who, 10, "expired", expires_at=NOW + DAY, told=True)
    earn(who, 7, "matured", matures_at=NOW + DAY)
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.hold(who, 8, **told("h", at=NOW + DAY))
    ledger.hold(who, 7, **told("h", at=NOW + DAY))
    assert has(who) == {"held": 7}


def test_a_captured_hold_is_used() -> None:
    who = member()
    earn(who, 100)
    hold = ledger.hold(who, 30, **told("h"))
    ledger.capture(hold.pk, **told("c"))
    assert has(who) == {"available": 70}


def test_a_partial_capture_returns_the_rest_to_what_expires_last() -> None:
    who = member()
    earn(who, 10, "soon", expires_at=NOW + 10 * DAY)
    earn(who, 10, "later", expires_at=NOW + 20 * DAY)
    hold = ledger.hold(who, 20, **told("h"))
    ledger.capture(hold.pk, points=12, **told("c"))
    assert left(who) == [0, 8]


def test_a_void_returns_all_to_the_same_lots() -> None:
    who = member()
    earn(who, 10, "soon", expires_at=NOW + 10 * DAY)
    earn(who, 10, "later", expires_at=NOW + 20 * DAY)
    hold = ledger.hold(who, 15, **told("h"))
    ledger.void(hold.pk, **told("v"))
    assert left(who) == [10, 10]


def test_what_expired_while_it_was_held_expires_when_it_returns() -> None:
    who = member()
    earn(who, 10, "soon", expires_at=NOW + DAY, told=True)
    earn(who, 10, "later", expires_at=NOW + 20 * DAY)
    hold = ledger.hold(who, 15, **told("h"))
    void = ledger.void(hold.pk, **told("v", at=NOW + 2 * DAY))
    assert left(who) == [0, 10]
    assert Journal.objects.filter(pk__gt=void.pk).values_list("kind", flat=True).get() == "expire"


@pytest.mark.parametrize("second", [ledger.capture, ledger.void], ids=["capture", "void"])
def test_a_hold_is_resolved_once(second: Any) -> None:
    who = member()
    earn(who, 100)
    hold = ledger.hold(who, 30, **told("h"))
    ledger.capture(hold.pk, **told("c"))
    with pytest.raises(ledger.AlreadyResolved):
        second(hold.pk, **told("again"))


def test_a_capture_of_more_than_was_held_is_refused() -> None:
    who = member()
    earn(who, 100)
    hold = ledger.hold(who, 30, **told("h"))
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.capture(hold.pk, points=31, **told("c"))


def test_only_a_hold_can_be_captured() -> None:
    who = member()
    given = ledger.adjust(who, 5, **told("a"))
    for unknown in (given.pk, 10**9):
        with pytest.raises(ledger.UnknownJournal):
            ledger.capture(unknown, **told("c"))


# ── Adjust, expire, reverse ─────────────────────────────────────────────────────────────────────


def test_an_adjustment_gives_points_with_a_reason_and_stands_in_the_trail() -> None:
    who = member()
    journal = ledger.adjust(who, 500, **told("a"))
    assert (journal.reason, journal.actor_name) == ("because", "Sora")
    assert has(who) == {"available": 500}
    entry = AuditEntry.objects.get(action="points.adjusted")
    assert (entry.object_id, entry.reason, entry.changes) == (who, "because", {"points": [None, 500]})


def test_an_adjustment_takes_no_more_than_there_is() -> None:
    who = member()
    earn(who, 100)
    with pytest.raises(ledger.NotEnoughPoints):
        ledger.adjust(who, -101, **told("a"))
    ledger.adjust(who, -100, **told("b"))
    assert has(who) == {}


def test_an_adjustment_sent_twice_is_made_and_written_down_once() -> None:
    who = member()
    assert ledger.adjust(who, 5, **told("a")) == ledger.adjust(who, 5, **told("a"))
    assert AuditEntry.objects.filter(action="points.adjusted").count() == 1


@pytest.mark.parametrize("points", [5, -5])
def test_a_reversed_adjustment_leaves_no_trace_in_the_balance(points: int) -> None:
    who = member()
    earn(who, 10, expires_at=NOW + DAY)
    before = has(who), left(who)
    adjustment = ledger.adjust(who, points, **told("a"))
    ledger.reverse(adjustment.pk, **told("r"))
    assert (has(who), [rest for rest in left(who) if rest]) == before


def test_a_reversed_gift_that_was_spent_becomes_debt() -> None:
    who = member()
    adjustment = ledger.adjust(who, 50, **told("a"))
    ledger.hold(who, 30, **told("h"))
    ledger.reverse(adjustment.pk, **told("r"))
    assert has(who) == {"held": 30, "debt": 30}


def test_a_reversed_capture_returns_the_points_to_their_lots() -> None:
    who = member()
    earn(who, 10, "soon", expires_at=NOW + DAY)
    earn(who, 10, "later", expires_at=NOW + 9 * DAY)
    capture = ledger.capture(ledger.hold(who, 15, **told("h")).pk, points=12, **told("c"))
    ledger.reverse(capture.pk, **told("r"))
    assert left(who) == [10, 10]


def test_a_reversal_happens_once() -> None:
    adjustment = ledger.adjust(member(), 50, **told("a"))
    ledger.reverse(adjustment.pk, **told("r"))
    with pytest.raises(ledger.AlreadyResolved):
        ledger.reverse(adjustment.pk, **told("again"))


def test_what_an_order_earned_is_not_reversed_by_hand() -> None:
    who = member()
    earn(who, 50, order_id=order_of(who))
    with pytest.raises(ledger.NotReversible):
        ledger.reverse(Journal.objects.get(key="earn").pk, **told("r"))


def test_an_unknown_journal_cannot_be_reversed() -> None:
    with pytest.raises(ledger.UnknownJournal):
        ledger.reverse(10**9, **told("r"))


def test_points_expire_at_their_time_and_not_before() -> None:
    who = member()
    earn(who, 10, expires_at=NOW + DAY, told=True)
    assert ledger.expire(at=NOW + DAY - timedelta(seconds=1)) == 0
    assert ledger.expire(at=NOW + DAY) == 1
    assert has(who) == {}
    assert Entry.objects.get(account="expired").points == 10


def test_a_sweep_takes_about_its_limit_and_goes_on_next_time() -> None:
    for n in range(5):
        earn(member(), 10, f"e{n}", expires_at=NOW + DAY, told=True)
    assert [ledger.expire(at=NOW + DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]
