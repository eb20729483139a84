"""Points of customers who became one, or were erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from customers.erasing import erase
from customers.identities import apply_customers
from customers.merging import apply_merges, merge
from customers.models import Customer, Identity
from customers.snapshots import MergeSnapshot
from customers.unmerging import unmerge
from loyalty import ledger
from loyalty.history import history
from loyalty.models import Balance, Lot
from staff.actors import SYSTEM
from tests.loyalty.members import earn, has, left, member, order_of, told
from tests.loyalty.orders import after, buyer, deliver, order, publish, refund
from tests.shops import NOW

pytestmark = pytest.mark.usefixtures("in_cafe", "books_hold")
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=300)


def join(gone: int, kept: int) -> None:
    with transaction.atomic():
        merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=kept), actor=SYSTEM, at=NOW)


def test_lots_move_with_their_times() -> None:
    gone, kept = member(), member()
    earn(gone, 100, "a", expires_at=LATER)
    earn(gone, 50, "b", matures_at=SOON, expires_at=LATER)
    earn(gone, 30, "c", expires_at=SOON)
    join(gone, kept)
    assert (has(gone), has(kept)) == ({}, {"available": 130, "pending": 50})
    lots = Lot.objects.filter(customer_id=kept).order_by("id")
    assert list(lots.values_list("points", "matures_at", "expires_at")) == [
        (100, None, LATER), (50, SOON, LATER), (30, None, SOON),
    ]  # fmt: skip


def test_what_was_ever_earned_moves_too() -> None:
    gone, kept = member(), member()
    earn(gone, 100)
    ledger.capture(ledger.hold(gone, 100, **told("h")).pk, actor=SYSTEM, key="c", at=NOW)
    join(gone, kept)
    assert (Balance.objects.get(pk=gone).earned, Balance.objects.get(pk=kept).earned) == (0, 100)


def test_a_debt_of_the_one_is_paid_from_what_the_other_has() -> None:
    gone, kept = member(), member()
    of_order = order_of(gone)
    earn(gone, 100, "a")
    ledger.capture(ledger.hold(gone, 100, **told("h")).pk, actor=SYSTEM, key="c", at=NOW)
    ledger.claw_back([ledger.ClawBack(gone, 100, "cb", of_order, NOW)], actor=SYSTEM, at=NOW)
    earn(kept, 60, "b")
    join(gone, kept)
    assert (has(gone), has(kept)) == ({}, {"debt": 40})


def test_a_debt_of_who_is_left_is_paid_from_what_comes() -> None:
    gone, kept = member(), member()
    of_order = order_of(kept)
    ledger.claw_back([ledger.ClawBack(kept, 70, "cb", of_order, NOW)], actor=SYSTEM, at=NOW)
    earn(gone, 50, "a", expires_at=SOON)
    earn(gone, 50, "b", expires_at=LATER)
    join(gone, kept)
    assert (has(kept), left(kept)) == ({"available": 30}, [0, 30])


def test_a_member_without_points_leaves_no_journal() -> None:
    gone, kept = member(), member()
    join(gone, kept)
    assert history(kept) == history(gone) == []


def test_the_history_of_both_tells_it() -> None:
    gone, kept = member(), member()
    earn(gone, 100, "a")
    earn(gone, 50, "b")
    join(gone, kept)
    assert [(line.kind, line.points, line.reason) for line in history(kept)] == [
        ("transfer", 150, "Two accounts became one.")
    ]
    assert history(gone)[0].points == -150


def test_points_set_aside_follow_when_they_return() -> None:
    gone, kept = member(), member()
    earn(gone, 100)
    held = ledger.hold(gone, 40, **told("h"))
    join(gone, kept)
    assert (has(gone), has(kept)) == ({"held": 40}, {"available": 60})
    ledger.void(held.pk, **told("v"))
    assert (has(gone), has(kept)) == ({}, {"available": 100})


def test_a_refund_after_the_merging_takes_back_from_who_is_left() -> None:
    publish()
    deliver(order(buyer=buyer("8")))
    with transaction.atomic():
        apply_customers([buyer("7", embedded=False)], at=after(1))
        apply_merges([MergeSnapshot("st_1", "8", "7", after(1))], at=after(1))
    kept = Customer.objects.present().get()
    assert has(kept.pk) == {"pending": 123}
    earning = deliver(refund("r1", 12_345), at=after(30))
    assert (earning.posted, earning.customer, has(kept.pk)) == (0, kept, {})


@pytest.mark.parametrize("order_first", [True, False], ids=["order-first", "merging-first"])
def test_points_do_not_depend_on_what_arrives_first(order_first: bool) -> None:
    publish()

    def merging() -> None:
        with transaction.atomic():
            apply_merges([MergeSnapshot("st_1", "8", "7", after(1))], at=after(1))

    deliver(order(external_id="900", buyer=buyer("7")), order(external_id="1001", placed_at=after(-9)))
    if order_first:
        deliver(order(buyer=buyer("8")))
    merging()
    deliver(order(buyer=buyer("8"), updated_at=after(2)), at=after(2))
    [kept] = Customer.objects.present()
    assert has(kept.pk) == {"pending": 246}


def test_an_erased_members_points_are_written_off() -> None:
    who = member()
    earn(who, 100, "a")
    earn(who, 50, "b", matures_at=SOON)
    held = ledger.hold(who, 30, **told("h"))
    with transaction.atomic():
        erase(Customer.objects.get(pk=who), actor=SYSTEM, at=NOW)
    assert has(who) == {"held": 30}
    ledger.void(held.pk, **told("v"))
    assert has(who) == {}
    assert [line.reason for line in history(who) if line.kind == "write_off"] == ["The customer's data was erased."] * 2


def part(gone: int) -> None:
    with transaction.atomic():
        unmerge(Customer.objects.get(pk=gone), actor=SYSTEM, at=NOW)


def test_parting_gives_every_lot_back_with_its_times() -> None:
    gone, kept = member(), member()
    earn(kept, 10, "own")
    earn(gone, 100, "a", expires_at=LATER)
    earn(gone, 50, "b", matures_at=SOON, expires_at=LATER)
    join(gone, kept)
    part(gone)
    assert (has(gone), has(kept)) == ({"available": 100, "pending": 50}, {"available": 10})
    lots = Lot.objects.filter(customer_id=gone, remaining__gt=0).order_by("id")
    assert list(lots.values_list("remaining", "matures_at", "expires_at")) == [(100, None, LATER), (50, SOON, LATER)]
    assert (Balance.objects.get(pk=gone).earned, Balance.objects.get(pk=kept).earned) == (150, 10)


def test_what_was_spent_meanwhile_stays_spent() -> None:
    gone, kept = member(), member()
    earn(kept, 10, "own", expires_at=LATER)
    earn(gone, 100, "a", expires_at=SOON)
    join(gone, kept)
    ledger.hold(kept, 30, **told("h"))
    part(gone)
    assert (has(gone), has(kept)) == ({"available": 70}, {"available": 10, "held": 30})


def test_a_debt_that_was_taken_over_goes_back() -> None:
    gone, kept = member(), member()
    ledger.claw_back([ledger.ClawBack(gone, 100, "cb", order_of(gone), NOW)], actor=SYSTEM, at=NOW)
    earn(kept, 60, "b", expires_at=LATER)
    join(gone, kept)
    assert has(kept) == {"debt": 40}
    part(gone)
    assert (has(gone), has(kept), left(kept)) == ({"debt": 100}, {"available": 60}, [60])


def test_a_debt_paid_off_meanwhile_comes_back_as_points() -> None:
    gone, kept = member(), member()
    ledger.claw_back([ledger.ClawBack(gone, 100, "cb", order_of(gone), NOW)], actor=SYSTEM, at=NOW)
    join(gone, kept)
    earn(kept, 70, "later")
    part(gone)
    assert (has(gone), has(kept)) == ({"debt": 100}, {"available": 70})


def test_points_that_paid_the_others_debt_come_back() -> None:
    gone, kept = member(), member()
    ledger.claw_back([ledger.ClawBack(kept, 70, "cb", order_of(kept), NOW)], actor=SYSTEM, at=NOW)
    earn(gone, 50, "a", expires_at=SOON)
    earn(gone, 50, "b", expires_at=LATER)
    join(gone, kept)
    assert has(kept) == {"available": 30}
    part(gone)
    assert (has(gone), has(kept)) == ({"available": 100}, {"debt": 70})


def test_points_set_aside_before_return_to_their_owner_after_parting() -> None:
    gone, kept = member(), member()
    earn(gone, 100)
    held = ledger.hold(gone, 40, **told("h"))
    join(gone, kept)
    part(gone)
    assert has(gone) == {"available": 60, "held": 40}
    ledger.void(held.pk, **told("v"))
    assert (has(gone), has(kept)) == ({"available": 100}, {})


def test_points_that_returned_meanwhile_go_back_too() -> None:
    gone, kept = member(), member()
    earn(gone, 100)
    held = ledger.hold(gone, 40, **told("h"))
    join(gone, kept)
    ledger.void(held.pk, **told("v"))
    part(gone)
    assert (has(gone), has(kept)) == ({"available": 100}, {})


def test_merged_parted_and_merged_again_all_moves_each_time() -> None:
    gone, kept = member(), member()
    earn(gone, 100)
    for _time in range(2):
        join(gone, kept)
        assert (has(gone), has(kept)) == ({}, {"available": 100})
        part(gone)
        assert (has(gone), has(kept)) == ({"available": 100}, {})


def test_what_an_order_earned_since_goes_back_with_it_and_a_refund_finds_it() -> None:
    publish()
    deliver(order(buyer=buyer("8")))
    with transaction.atomic():
        apply_customers([buyer("7", embedded=False)], at=after(1))
    gone, kept = (Identity.objects.get(value=value).customer_id for value in ("8", "7"))
    join(gone, kept)
    deliver(order(external_id="1002", buyer=buyer("8")), at=after(2))
    assert has(kept) == {"pending": 246}
    part(gone)
    assert (has(gone), has(kept)) == ({"pending": 246}, {})
    assert (Balance.objects.get(pk=gone).earned, Balance.objects.get(pk=kept).earned) == (246, 0)
    earning = deliver(refund("r1", 12_345), at=after(30))
    assert (earning.customer_id, has(gone)) == (gone, {"pending": 123})


def test_points_that_paid_a_later_debt_of_the_one_who_is_gone_do_not_hinder_parting() -> None:
    gone, kept = member(), member()
    earn(gone, 60)
    given = ledger.adjust(gone, 40, **told("a"))
    join(gone, kept)
    ledger.reverse(given.pk, **told("r"))  # a debt of the one who is gone: paid by the lots that came with them
    part(gone)
    assert (has(gone), has(kept)) == ({"available": 60}, {})
