"""Punch cards: what gives stamps, what takes them, and that none is lost or doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_tenants.utils import tenant_context

from customers.erasing import erase
from customers.merging import merge
from customers.models import Customer, Event
from customers.orders import apply_orders
from customers.snapshots import LineSnapshot, RefundedLine
from customers.unmerging import unmerge
from loyalty import ledger, occasions, redemption, stamps
from loyalty.audit import audit
from loyalty.earning_rules import LineFilter
from loyalty.models import Redemption, Stamp
from loyalty.reward_rules import Reward
from loyalty.stamp_rules import StampCard
from loyalty.stamps import CannotStamp, Stamped
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.members import SORA, member
from tests.loyalty.orders import NOON, after, buyer, deliver, order, publish, refund
from tests.threads import threads

DAY = timedelta(days=1)
COFFEE = Reward({"en": "A coffee"}, 0, 4_500, key="coffee", kind="manual", where=("till",))
VISITS = StampCard("coffee-card", {"en": "Coffee"}, 5, "coffee")
ORDERS = StampCard("orders", {"en": "Orders"}, 2, "coffee", by="order", minimum_minor=5_000)
BEANS = StampCard("beans", {"en": "Beans"}, 10, "coffee", by="item", lines=LineFilter(tags=("beans",)))

inside = pytest.mark.usefixtures("in_cafe", "books_hold")


def cards(*cards: StampCard, **changes: Any) -> None:
    publish(stamps=cards or (VISITS,), rewards=(COFFEE,), **changes)


def give(
    who: int, count: int = 1, *, key: str = "k", card: str = VISITS.key, at: datetime = NOON, **more: Any
) -> Stamped:
    return stamps.stamp(who, card, count, key=key, at=at, actor=SORA, **more)


def on(who: int, card: StampCard = VISITS, at: datetime = NOON) -> int:
    return next(standing.stamps for standing in stamps.cards(who, at=at) if standing.card.key == card.key)


def the_member() -> int:
    return Customer.objects.present().get().pk


def states() -> list[str]:
    return list(Redemption.objects.order_by("pk").values_list("state", flat=True))


@inside
def test_a_stamp_is_on_the_card() -> None:
    cards()
    who = member()
    assert give(who).after == 1
    (standing,) = stamps.cards(who, at=NOON)
    assert (standing.card, standing.stamps, standing.needed, standing.left, standing.full_times) == (VISITS, 1, 5, 4, 0)


@inside
def test_the_same_key_again_gives_nothing_more() -> None:
    cards()
    who = member()
    give(who, 5)
    again = give(who, 5)
    assert (again.is_new, again.after, on(who)) == (False, 0, 0)
    assert again.completed == Redemption.objects.get()


@inside
def test_a_key_of_another_members_stamp_is_refused() -> None:
    cards()
    give(member())
    with pytest.raises(ledger.KeyReused):
        give(member())


@inside
def test_a_full_card_becomes_its_reward_and_the_rest_begins_the_next() -> None:
    cards()
    who = member()
    given = give(who, 12)
    assert (given.after, len(given.rewards), given.completed) == (2, 2, given.rewards[-1])
    assert {(r.customer_id, r.reward, r.origin, r.points) for r in given.rewards} == {
        (who, "coffee", "stamps:coffee-card", 0)
    }
    assert stamps.cards(who, at=NOON)[0].full_times == 2


@inside
def test_stamps_and_full_cards_are_told() -> None:
    cards()
    who = member()
    reward = give(who, 5).completed
    assert reward is not None
    told = Event.objects.filter(customer=who, kind__startswith="stamp.").order_by("id")
    assert [(e.kind, e.subject_id, e.data) for e in told] == [
        ("stamp.given", None, {"card": "coffee-card", "change": 5, "after": 5, "reason": "visit"}),
        ("stamp.card_full", reward.pk, {"card": "coffee-card", "reward": "coffee", "redemption": reward.pk}),
    ]


@inside
@pytest.mark.parametrize(
    ("card", "count", "code"),
    [("nothing", 1, "unknown_card"), ("resting", 1, "inactive"), ("daily", 3, "a_day"), ("daily", 0, "count")],
)
def test_it_refuses(card: str, count: int, code: str) -> None:
    cards(replace(VISITS, key="resting", active=False), replace(VISITS, key="daily", a_day=2))
    with pytest.raises(CannotStamp, match=code):
        give(member(), count, card=card)
    assert not Stamp.objects.exists()


@inside
def test_a_day_ends_at_midnight_in_the_shops_zone() -> None:
    cards(replace(VISITS, a_day=1))
    who = member()
    give(who, key="a", at=datetime(2026, 11, 20, 14, 59, tzinfo=UTC))
    with pytest.raises(CannotStamp, match="a_day"):
        give(who, key="b", at=datetime(2026, 11, 20, 14, 59, 30, tzinfo=UTC))
    give(who, key="c", at=datetime(2026, 11, 20, 15, 0, tzinfo=UTC))


@inside
def test_staff_may_correct_beyond_the_days_limit() -> None:
    cards(replace(VISITS, a_day=1))
    assert give(member(), 3, reason="staff").after == 3


@inside
def test_an_undone_stamp_makes_room_for_another_today() -> None:
    cards(replace(VISITS, a_day=1))
    who = member()
    give(who, key="a")
    stamps.undo("a", actor=SORA, at=after(0.1))
    assert stamps.undo("a", actor=SORA, at=after(0.1)).is_new is False
    assert give(who, key="b", at=after(1)).after == 1


@inside
def test_undoing_the_stamp_that_filled_a_card_takes_its_reward() -> None:
    cards()
    who = member()
    give(who, 4, key="a")
    give(who, key="b")
    stamps.undo("b", actor=SORA, at=after(0.1))
    assert (on(who), states()) == (4, ["cancelled"])


@inside
def test_stamps_of_a_reward_that_was_used_are_owed() -> None:
    cards()
    who = member()
    reward = give(who, 5).completed
    assert reward is not None
    redemption.use(reward.pk, actor=SORA, key="use", at=after(1))
    assert stamps.undo("k", actor=SORA, at=after(2)).after == -5
    (standing,) = stamps.cards(who, at=after(3))
    assert (standing.stamps, standing.owed, standing.left, states()) == (0, 5, 10, ["used"])


@inside
def test_an_unknown_stamp_cannot_be_undone() -> None:
    with pytest.raises(CannotStamp, match="unknown_stamp"):
        stamps.undo("never", actor=SORA, at=NOON)


@inside
def test_a_visit_stamps_every_card_of_visits() -> None:
    cards(VISITS, replace(VISITS, key="second", a_day=1), ORDERS)
    who = member()
    assert len(stamps.visit(who, key="v1", at=NOON, actor=SYSTEM)) == 2
    assert len(stamps.visit(who, key="v2", at=after(1), actor=SYSTEM)) == 1
    assert [standing.stamps for standing in stamps.cards(who, at=after(1))] == [2, 1, 0]


@inside
def test_a_check_in_stamps_the_cards_of_visits_once_a_day() -> None:
    cards(VISITS, ORDERS)
    who = member()
    for minute in (0, 1):
        occasions.check_in(who, occasions.visit_code(at=after(minute)), at=after(minute), actor=SYSTEM)
    assert [standing.stamps for standing in stamps.cards(who, at=after(1))] == [1, 0]


# Lapse


@inside
def test_stamps_lapse_so_many_months_after_the_last_one() -> None:
    cards(replace(VISITS, months=3))
    who = member()
    give(who, 3, key="a")
    give(who, key="b", at=NOON + 10 * DAY)
    (standing,) = stamps.cards(who, at=NOON + 11 * DAY)
    assert standing.lapses_at == datetime(2027, 2, 28, 15, tzinfo=UTC)  # the end of that day in Seoul
    assert on(who, at=datetime(2027, 2, 28, 14, tzinfo=UTC)) == 4
    assert on(who, at=datetime(2027, 2, 28, 15, tzinfo=UTC)) == 0
    assert give(who, key="c", at=datetime(2027, 3, 1, tzinfo=UTC)).after == 1


@inside
def test_what_has_lapsed_is_not_taken_back_once_more() -> None:
    cards(replace(VISITS, months=3))
    who = member()
    give(who, 3, key="a")
    later = NOON + 200 * DAY
    give(who, 1, key="b", at=later)
    assert stamps.undo("a", actor=SORA, at=later).after == 1


# Orders


@inside
def test_an_order_gives_a_stamp_from_its_least_amount() -> None:
    cards(ORDERS)
    deliver(order(external_id="1001", total=4_999, subtotal=4_999))
    assert on(the_member(), ORDERS) == 0
    deliver(order(external_id="1002", total=5_000, subtotal=5_000))
    assert on(the_member(), ORDERS) == 1


@inside
def test_a_refund_takes_the_stamp_back_whichever_comes_first() -> None:
    cards(ORDERS)
    deliver(order())
    assert on(the_member(), ORDERS) == 1
    deliver(refund("r1", 8_000), at=after(30))
    assert on(the_member(), ORDERS) == 0
    with transaction.atomic():
        apply_orders([order(external_id="1002", total=5_000, subtotal=5_000)], at=after(40))
    assert on(the_member(), ORDERS) == 1


@inside
def test_a_refund_before_its_order_leaves_no_stamp() -> None:
    cards(ORDERS)
    deliver(refund("r1", 8_000), order(), at=after(30))
    assert (on(the_member(), ORDERS), Stamp.objects.count()) == (0, 0)


@inside
def test_a_refund_opens_a_card_again_whose_reward_was_not_used() -> None:
    cards(ORDERS)
    deliver(order(external_id="1001"), order(external_id="1002"))
    assert (on(the_member(), ORDERS), states()) == (0, ["ready"])
    deliver(refund("r1", 12_345), at=after(30))
    assert (on(the_member(), ORDERS), states()) == (1, ["cancelled"])


@inside
def test_a_refund_after_the_reward_was_used_leaves_a_stamp_owed() -> None:
    cards(ORDERS)
    deliver(order(external_id="1001"), order(external_id="1002"))
    redemption.use(Redemption.objects.get().pk, actor=SORA, key="u", at=after(5))
    deliver(refund("r1", 12_345), at=after(30))
    (standing,) = stamps.cards(the_member(), at=after(31))
    assert (standing.stamps, standing.owed, standing.left) == (0, 1, 3)


def beans(quantity: int, **fields: Any) -> LineSnapshot:
    return replace(LineSnapshot("b", "Beans", quantity, 1_000, quantity * 1_000, tags=("beans",)), **fields)


@inside
def test_pieces_give_stamps_as_far_as_they_match_were_paid_and_kept() -> None:
    cards(BEANS)
    lines = (beans(4), LineSnapshot("c", "Cup", 2, 500, 1_000), beans(3, external_id="free", unit_price=0, total=0))
    deliver(order(lines=lines, total=5_000, subtotal=5_000))
    assert on(the_member(), BEANS) == 4
    deliver(refund("r1", 1_000, RefundedLine("b", 1, 1_000)), at=after(30))
    assert on(the_member(), BEANS) == 3


@inside
def test_a_days_limit_holds_for_orders_in_whatever_order_they_arrive() -> None:
    cards(replace(BEANS, a_day=5))
    first = order(external_id="1001", lines=(beans(4),), total=4_000, subtotal=4_000)
    second = replace(first, external_id="1002", placed_at=after(60), paid_at=after(60), updated_at=after(60))
    deliver(replace(first, updated_at=after(-5), state="pending"), second, first, at=after(61))
    assert on(the_member(), BEANS) == 5
    deliver(refund("r1", 4_000), at=after(90))
    assert on(the_member(), BEANS) == 4


@inside
def test_an_order_from_before_the_card_gives_none() -> None:
    cards(ORDERS)
    deliver(order(placed_at=NOON - 3 * DAY, paid_at=NOON - 3 * DAY))
    assert on(the_member(), ORDERS) == 0


@inside
def test_an_order_that_changes_hands_takes_its_stamps_along() -> None:
    cards(ORDERS)
    deliver(order(buyer=buyer("7", embedded=False)))
    first = the_member()
    deliver(order(buyer=buyer("8", embedded=False), updated_at=after(5)), at=after(5))
    second = Customer.objects.exclude(pk=first).get().pk
    assert (on(first, ORDERS), on(second, ORDERS)) == (0, 1)


@inside
def test_a_card_that_is_not_there_any_more_takes_refunds_and_gives_no_reward() -> None:
    cards(ORDERS)
    deliver(order(external_id="1001"))
    publish(at=after(1))
    deliver(order(external_id="1002"), at=after(2))
    deliver(refund("r1", 12_345), at=after(30))
    assert (list(Stamp.objects.order_by("id").values_list("after", flat=True)), states()) == ([1, 2, 1], [])


# People who become one, or go


@inside
def test_cards_of_two_who_become_one_go_on_together() -> None:
    cards()
    gone, left = member(), member()
    give(gone, 3, key="a")
    give(left, 4, key="b")
    with transaction.atomic():
        merge(*(Customer.objects.get(pk=who) for who in (gone, left)), actor=SYSTEM, at=after(1))
    assert (on(gone), on(left), states()) == (0, 2, ["ready"])
    assert Redemption.objects.get().customer_id == left


@inside
def test_a_refund_after_the_merging_takes_the_stamp_from_who_is_left() -> None:
    cards(ORDERS)
    deliver(order(buyer=buyer("8", embedded=False)))
    gone, left = the_member(), member()
    with transaction.atomic():
        merge(*(Customer.objects.get(pk=who) for who in (gone, left)), actor=SYSTEM, at=after(1))
    deliver(order(buyer=buyer("8", embedded=False), updated_at=after(2)), at=after(2))
    assert on(left, ORDERS) == 1
    deliver(refund("r1", 12_345), at=after(30))
    assert (on(gone, ORDERS), on(left, ORDERS)) == (0, 0)


@inside
def test_two_who_are_parted_again_have_the_stamps_they_had() -> None:
    cards(VISITS, ORDERS)
    deliver(order(buyer=buyer("8", embedded=False)))
    gone, left = the_member(), member()
    give(gone, 3, key="a")
    give(left, 1, key="b")
    with transaction.atomic():
        merge(*(Customer.objects.get(pk=who) for who in (gone, left)), actor=SYSTEM, at=after(1))
        deliver(order(external_id="1002", buyer=buyer("8", embedded=False)), at=after(2))
        unmerge(Customer.objects.get(pk=gone), actor=SYSTEM, at=after(3))
    assert (on(gone), on(left)) == (3, 1)
    assert Stamp.objects.filter(customer=gone, card="orders").latest("id").after == 0  # two orders filled it
    assert on(left, ORDERS) == 0


@inside
def test_an_erased_members_cards_are_empty() -> None:
    cards()
    who = member()
    give(who, 3)
    with transaction.atomic():
        erase(Customer.objects.get(pk=who), actor=SYSTEM, at=after(1))
    assert Stamp.objects.latest("id").after == 0
    with pytest.raises(CannotStamp, match="gone"):
        give(who, key="late", at=after(2))


# The books


@inside
@pytest.mark.parametrize("act", ["update", "delete"])
def test_rows_of_stamps_are_only_added(act: str) -> None:
    cards()
    give(member())
    rows = Stamp.objects.all()
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        rows.update(change=7) if act == "update" else rows._raw_delete(using="default")


@inside
def test_a_shop_without_cards_asks_one_question(django_assert_num_queries: Any) -> None:
    from customers.events import Happened
    from loyalty.stamp_orders import orders_changed

    publish()
    with django_assert_num_queries(1):
        orders_changed([Happened("order.changed", NOON, subject_id=1)], NOON)


@pytest.mark.django_db(transaction=True)
def test_of_stamps_given_and_undone_at_once_none_is_lost_or_doubled(cafe: Merchant) -> None:
    with tenant_context(cafe):
        cards()
        who = member()
        for n in range(4):
            give(who, key=f"u{n}")
    barrier = Barrier(16)

    def act(n: int) -> str:
        with tenant_context(cafe):
            barrier.wait(20)
            if n < 12:
                give(who, key=f"k{n % 6}")  # each sent twice
            else:
                stamps.undo(f"u{n - 12}", actor=SORA, at=NOON)
            return "done"

    with threads(16) as pool:
        futures = [pool.start(act, n) for n in range(16)]
    assert Counter(future.result() for future in futures) == {"done": 16}
    with tenant_context(cafe):
        ready = Redemption.objects.filter(state="ready").count()
        assert on(who) + 5 * ready == 6
        assert Stamp.objects.filter(reason="visit").count() == 10
        assert audit() == []
