"""Taking rewards and what becomes of them: points held, captured, returned; keys, limits, stock, codes, orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.erasing import erase
from customers.events import record
from customers.matching import changes_of
from customers.merging import merge
from customers.models import Customer, Event, Order
from loyalty import codes, ledger, redemption
from loyalty.audit import audit
from loyalty.issuing import run
from loyalty.models import Balance, Journal, Redemption
from loyalty.redemption import CannotRedeem, CannotUse
from loyalty.using import UNDO
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.loyalty.members import has, left, member
from tests.loyalty.rewards import order_with, publish, regular, reward, take, told
from tests.shops import NOW
from tests.threads import threads

DAY = timedelta(days=1)


@pytest.fixture
def shop(in_cafe: Merchant, books_hold: None) -> Merchant:
    """The café with a programme; after the test its books hold."""
    publish(
        reward(),
        reward("cake", points=300, kind="product", product="77"),
        reward("slide", kind="variable", points=100, value_minor=1000, least_points=200, most_points=500),
        reward("rare", stock=1),
        reward("daily", per_member=1, per_days=1),
        reward("gold", tiers=["gold"]),
        reward("given", points=0),
        reward("off", active=False),
        reward("online", where=["store"]),
        reward("kept", on_refund="keep"),
        reward("season", starts_at=(NOW + DAY).isoformat(), ends_at=(NOW + 3 * DAY).isoformat()),
        tiers={"tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 1}]},
    )
    return in_cafe


def follow(order: Order, at: datetime = NOW, **changes: Any) -> None:
    """The order is so now, and everybody hears of it."""
    for name, value in changes.items():
        setattr(order, name, value)
    order.save()
    with transaction.atomic():
        record(changes_of([order], at=at), at=at)


def state(taken: Redemption) -> str:
    return Redemption.objects.values_list("state", flat=True).get(pk=taken.pk)


REFUNDED: dict[str, Any] = {
    "refunds": {
        "r1": {
            "version": "1", "at": NOW.isoformat(), "currency": "KRW", "total": 10_000, "subtotal": 10_000,
            "shipping": 0, "tax": 0, "cancelled": False, "reason": "", "lines": [],
        }
    },
    "refunded": 10_000,
}  # fmt: skip


# ── taking ─────────────────────────────────────────────────────────────────────────────────────


def test_it_holds_the_points_and_issues_a_code(shop: Merchant) -> None:
    taken = take(who := regular())
    assert has(who) == {"available": 900, "held": 100}
    assert (taken.state, taken.points, taken.value_minor, len(taken.code)) == ("ready", 100, 1000, 13)
    assert Event.objects.filter(kind="reward.redeemed", customer=who, subject_id=taken.pk).exists()


def test_a_code_is_valid_until_the_end_of_a_day_in_the_shop(shop: Merchant) -> None:
    until = take(regular()).valid_until
    seoul = ZoneInfo(shop.time_zone)
    assert until == datetime.combine(NOW.astimezone(seoul).date() + 90 * DAY, time(23, 59, 59), seoul)


def test_the_same_key_takes_once(shop: Merchant) -> None:
    who = regular()
    assert take(who).pk == take(who).pk
    assert has(who) == {"available": 900, "held": 100}


def test_another_reward_under_the_same_key_is_refused(shop: Merchant) -> None:
    take(who := regular())
    with pytest.raises(ledger.KeyReused):
        take(who, "cake")


def test_too_few_points_take_nothing(shop: Merchant) -> None:
    who = regular(99)
    with pytest.raises(ledger.NotEnoughPoints):
        take(who)
    assert (has(who), Redemption.objects.count()) == ({"available": 99}, 0)


@pytest.mark.parametrize(
    ("key", "more", "code"),
    [
        ("nothing", {}, "unknown_reward"),
        ("off", {}, "inactive"),
        ("given", {}, "given_only"),
        ("gold", {}, "tier"),
        ("online", {}, "where"),
        ("coffee", {"points": 50}, "step"),
        ("slide", {}, "step"),
        ("slide", {"points": 100}, "step"),
        ("slide", {"points": 250}, "step"),
        ("slide", {"points": 600}, "step"),
        ("season", {}, "not_yet"),
        ("season", {"at": NOW + 3 * DAY}, "over"),
        ("coffee", {"where": "store", "store": "st_none"}, "where"),
    ],
)
def test_what_cannot_be_had_says_why(shop: Merchant, key: str, more: dict[str, Any], code: str) -> None:
    who = regular()
    with pytest.raises(CannotRedeem) as refused:
        take(who, key, **more)
    assert refused.value.code == code
    assert refused.value.message
    assert has(who) == {"available": 1000}


def test_a_variable_reward_is_worth_what_is_put_in(shop: Merchant) -> None:
    taken = take(who := regular(), "slide", points=500)
    assert (taken.value_minor, has(who)["held"]) == (5000, 500)


def test_a_member_of_the_tier_may_have_it(shop: Merchant) -> None:
    who = regular()
    Balance.objects.filter(pk=who).update(tier="gold", tier_since=NOW)
    assert take(who, "gold").state == "ready"


def test_a_limit_counts_days_and_what_was_cancelled_not(shop: Merchant) -> None:
    who = regular()
    first = take(who, "daily")
    with pytest.raises(CannotRedeem) as refused:
        take(who, "daily", key="k2")
    redemption.cancel(first.pk, reason="", **told("c"))
    take(who, "daily", key="k3")
    take(who, "daily", key="k4", at=NOW + DAY)
    assert refused.value.code == "limit"


def test_stock_that_is_given_counts_and_what_returns_is_there_again(shop: Merchant) -> None:
    who = regular()
    given = redemption.grant(member(), "rare", origin="staff", **told("g"))
    with pytest.raises(CannotRedeem) as refused:
        take(who, "rare")
    redemption.cancel(given.pk, reason="", **told("c"))
    assert (refused.value.code, take(who, "rare").state) == ("sold_out", "ready")


def test_what_is_given_costs_nothing_and_is_in_the_trail(shop: Merchant) -> None:
    who = member()
    given = redemption.grant(who, "given", origin="stamps:coffee", **told("g"))
    again = redemption.grant(who, "given", origin="stamps:coffee", **told("g"))
    assert (given.points, given.hold, given.origin, again.pk) == (0, None, "stamps:coffee", given.pk)
    assert AuditEntry.objects.filter(action="reward.granted").count() == 1


# ── codes ──────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_read_however_it_is_typed(shop: Merchant) -> None:
    taken = take(regular())
    Redemption.objects.filter(pk=taken.pk).update(code="R0123456789AB")
    for typed in (
        "R-0123-4567-89AB",
        " r 0123 4567 89ab",
        "rO1234567890ab"[:2] + "L23456789ab",
        "Ｒ０１２３４５６７８９ＡＢ",
    ):
        found = redemption.by_code(typed)
        assert found is not None, typed
        assert found.pk == taken.pk
    assert codes.spaced("R0123456789AB") == "R-0123-4567-89AB"


@pytest.mark.parametrize("typed", ["", "0123456789AB", "R0123456789A", "X0123456789AB", "R0123456789A!", "\0" * 500])
def test_what_is_no_code_of_ours_finds_nothing(shop: Merchant, typed: str) -> None:
    assert redemption.by_code(typed) is None


def test_codes_differ_and_have_sixty_bits() -> None:
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(codes.read_code(code) == code for code in made)


# ── using ──────────────────────────────────────────────────────────────────────────────────────


def test_using_captures_the_points_once(shop: Merchant) -> None:
    taken = take(who := regular())
    redemption.use(taken.pk, used_minor=900, **told("u"))
    used = redemption.use(taken.pk, used_minor=900, **told("u"))
    assert (used.state, used.used_minor, used.used_by, has(who)) == ("used", 900, "Sora", {"available": 900})
    with pytest.raises(CannotUse) as refused:
        redemption.use(taken.pk, **told("another"))
    assert refused.value.code == "used"


def test_a_use_is_undone_and_done_again(shop: Merchant) -> None:
    taken = take(who := regular())
    redemption.use(taken.pk, **told("u"))
    redemption.unuse(taken.pk, **told("undo"))
    assert redemption.unuse(taken.pk, **told("undo")).state == "ready"
    assert has(who) == {"available": 900, "held": 100}
    redemption.use(taken.pk, **told("u2"))
    assert (state(taken), has(who)) == ("used", {"available": 900})


def test_the_till_does_not_take_a_code_whose_day_is_over(shop: Merchant) -> None:
    taken = take(regular())
    with pytest.raises(CannotUse) as refused:
        redemption.use(taken.pk, **told("u", at=taken.valid_until + DAY))
    assert refused.value.code == "lapsed"


def test_cancelling_returns_the_points_to_their_lots(shop: Merchant) -> None:
    taken = take(who := regular(250), "slide", points=200)
    redemption.cancel(taken.pk, reason="changed my mind", **told("c"))
    assert redemption.cancel(taken.pk, reason="changed my mind", **told("c")).state == "cancelled"
    assert (has(who), left(who)) == ({"available": 250}, [250])
    with pytest.raises(CannotUse) as refused:
        redemption.use(taken.pk, **told("u"))
    assert refused.value.code == "cancelled"


def test_giving_back_returns_the_points_of_a_used_one(shop: Merchant) -> None:
    taken = take(who := regular())
    with pytest.raises(CannotUse):
        redemption.give_back(taken.pk, reason="", **told("early"))
    redemption.use(taken.pk, **told("u"))
    redemption.give_back(taken.pk, reason="sorry", **told("b"))
    assert redemption.give_back(taken.pk, reason="sorry", **told("b")).state == "returned"
    assert (has(who), left(who)) == ({"available": 1000}, [1000])


def test_a_code_lapses_when_its_days_are_over(shop: Merchant) -> None:
    taken = take(who := regular())
    run(taken.valid_until)
    assert state(taken) == "ready"
    run(taken.valid_until + timedelta(seconds=1))
    assert (state(taken), has(who)) == ("lapsed", {"available": 1000})
    assert Event.objects.filter(kind="reward.lapsed").count() == 1


# ── orders ─────────────────────────────────────────────────────────────────────────────────────


def test_a_paid_order_uses_the_code_once(shop: Merchant) -> None:
    taken = take(who := regular())
    order = order_with(codes.spaced(taken.code).lower(), who=who)
    follow(order)
    follow(order)
    used = Redemption.objects.get(pk=taken.pk)
    assert (used.state, used.order_id, used.used_minor, used.used_by) == ("used", order.pk, 1000, "#1")
    assert has(who)["available"] == 900 + 100  # the order earned ₩10,000 × 1 %


def test_a_second_order_with_the_code_changes_nothing(shop: Merchant) -> None:
    taken = take(who := regular())
    first, second = order_with(taken.code, who=who), order_with(taken.code)
    follow(first)
    follow(second)
    assert Redemption.objects.get(pk=taken.pk).order_id == first.pk
    assert Journal.objects.filter(kind="capture").count() == 1


@pytest.mark.parametrize("change", [{"state": "pending", "paid_at": None}, {"test": True}, {"codes": {"WELCOME10": 1}}])
def test_an_order_that_is_not_paid_or_does_not_carry_it_uses_nothing(shop: Merchant, change: dict[str, Any]) -> None:
    taken = take(regular())
    follow(order_with(taken.code), **change)
    assert state(taken) == "ready"


@pytest.mark.parametrize("over", [REFUNDED, {"state": "cancelled"}])
@pytest.mark.parametrize("refund_first", [False, True])
def test_a_refunded_order_returns_the_points_whichever_came_first(
    shop: Merchant, over: dict[str, Any], refund_first: bool
) -> None:
    taken = take(who := regular())
    order = order_with(taken.code)
    if not refund_first:
        follow(order)
    follow(order, **over)
    assert (state(taken), has(who), left(who)) == ("returned", {"available": 1000}, [1000])


@pytest.mark.parametrize("refund_first", [False, True])
def test_a_reward_that_is_kept_stays_used_on_a_refunded_order(shop: Merchant, refund_first: bool) -> None:
    taken = take(who := regular(), "kept")
    order = order_with(taken.code)
    if not refund_first:
        follow(order)
    follow(order, **REFUNDED)
    assert (state(taken), has(who)) == ("used", {"available": 900})


def test_a_partial_refund_keeps_it_used(shop: Merchant) -> None:
    taken = take(regular())
    order = order_with(taken.code)
    follow(order, refunds=REFUNDED["refunds"], refunded=9_999)
    assert state(taken) == "used"


def test_points_that_staff_gave_back_stay_with_the_member_whatever_becomes_of_the_order(shop: Merchant) -> None:
    who = regular()
    taken = take(who)
    order = order_with(taken.code)
    follow(order)
    redemption.give_back(taken.pk, reason="It was cold", **told("b"))
    follow(order, NOW + DAY, delivered_at=NOW + DAY)
    assert (state(taken), has(who)) == ("returned", {"available": 1000})
    follow(order_with(taken.code))  # but on another order it is used once more
    assert (state(taken), has(who)) == ("used", {"available": 900})


def test_a_refund_that_did_not_happen_uses_it_again(shop: Merchant) -> None:
    taken = take(who := regular())
    order = order_with(taken.code)
    follow(order, **REFUNDED)
    follow(order, refunds={}, refunded=0)
    assert (state(taken), has(who)) == ("used", {"available": 900})
    follow(order, **REFUNDED)
    assert (state(taken), has(who)) == ("returned", {"available": 1000})


def test_an_order_with_a_cancelled_code_takes_the_points_again(shop: Merchant) -> None:
    taken = take(who := regular())
    redemption.cancel(taken.pk, reason="", **told("c"))
    follow(order_with(taken.code))
    assert (state(taken), has(who)) == ("used", {"available": 900})


def test_what_is_missing_for_a_cancelled_code_is_owed(shop: Merchant) -> None:
    taken = take(who := regular(300), "cake")
    redemption.cancel(taken.pk, reason="", **told("c"))
    redemption.use(take(who, key="spent").pk, **told("u"))
    order = order_with(taken.code)
    follow(order)
    assert (state(taken), has(who)) == ("used", {"debt": 100})
    follow(order, **REFUNDED)
    assert (state(taken), has(who)) == ("returned", {"available": 200})


def test_an_order_placed_before_the_code_lapsed_still_uses_it(shop: Merchant) -> None:
    taken = take(who := regular())
    run(taken.valid_until + DAY)
    follow(order_with(taken.code), at=taken.valid_until + DAY)
    assert (state(taken), has(who)) == ("used", {"available": 900})


def test_a_given_code_on_orders_needs_no_points(shop: Merchant) -> None:
    given = redemption.grant(who := member(), "given", origin="staff", **told("g"))
    order = order_with(given.code)
    follow(order)
    follow(order, **REFUNDED)
    assert state(given) == "returned"
    assert not Journal.objects.filter(customer=who).exists()


# ── people ─────────────────────────────────────────────────────────────────────────────────────


def test_redemptions_follow_who_is_left_after_a_merge(shop: Merchant) -> None:
    gone, kept = regular(), regular(0)
    used, ready = take(gone, key="a"), take(gone, key="b")
    redemption.use(used.pk, **told("u"))
    with transaction.atomic():
        merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=kept), actor=SYSTEM, at=NOW)
    assert {r.pk for r in redemption.of_member(kept)} == {used.pk, ready.pk}
    redemption.cancel(ready.pk, reason="", **told("c"))
    redemption.give_back(used.pk, reason="", **told("b"))
    assert has(kept) == {"available": 1000}


def test_ready_codes_of_who_is_erased_are_cancelled(shop: Merchant) -> None:
    taken = take(who := regular())
    with transaction.atomic():
        erase(Customer.objects.get(pk=who), actor=SYSTEM, at=NOW)
    assert (state(taken), has(who)) == ("cancelled", {})


def test_the_audit_finds_a_redemption_without_its_points(in_cafe: Merchant) -> None:
    publish(reward())
    taken = take(regular())
    rows = Redemption.objects.filter(pk=taken.pk)
    for wrong in ({"state": "used"}, {"state": "ready", "points": 5}, {"points": 100, "hold": None}):
        rows.update(**wrong)
        assert "a redemption's points are where its state says" in [breach.rule for breach in audit()]


# ── at once ────────────────────────────────────────────────────────────────────────────────────


def at_once(shop: Merchant, *commands: Callable[[], Any]) -> Counter[str]:
    """Run all in the shop at the same moment, each on its own connection; count how they ended."""
    barrier = Barrier(len(commands))

    def run(command: Callable[[], Any]) -> str:
        with tenant_context(shop):
            barrier.wait(20)
            try:
                command()
            except CannotRedeem as error:
                return error.code
            except (CannotUse, ledger.LedgerError) as error:
                return type(error).__name__
            return "done"

    with threads(len(commands)) as pool:
        futures = [pool.start(run, command) for command in commands]
    with tenant_context(shop):
        assert audit() == []
    return Counter(future.result() for future in futures)


@pytest.mark.django_db(transaction=True)
def test_of_20_at_once_with_points_for_one_one_succeeds(cafe: Merchant) -> None:
    with tenant_context(cafe):
        publish(reward())
        who = regular(100)
    ended = at_once(cafe, *(lambda n=n: take(who, key=f"k{n}") for n in range(20)))
    assert ended == {"done": 1, "NotEnoughPoints": 19}


@pytest.mark.django_db(transaction=True)
def test_the_same_redemption_twenty_times_at_once_is_one(cafe: Merchant) -> None:
    with tenant_context(cafe):
        publish(reward())
        who = regular()
    assert at_once(cafe, *(lambda: take(who) for _ in range(20))) == {"done": 20}
    with tenant_context(cafe):
        assert (Redemption.objects.count(), has(who)) == (1, {"available": 900, "held": 100})


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_to_one_of_many(cafe: Merchant) -> None:
    with tenant_context(cafe):
        publish(reward(stock=3))
        people = [regular() for _ in range(10)]
    ended = at_once(cafe, *(lambda who=who: take(who) for who in people))
    assert ended == {"done": 3, "sold_out": 7}


@pytest.mark.django_db(transaction=True)
def test_one_code_used_and_cancelled_at_once_ends_one_way(cafe: Merchant) -> None:
    with tenant_context(cafe):
        publish(reward())
        taken = take(regular())
    ended = at_once(
        cafe,
        *(lambda n=n: redemption.use(taken.pk, **told(f"u{n}", at=NOW + UNDO)) for n in range(4)),
        *(lambda n=n: redemption.cancel(taken.pk, reason="", **told(f"c{n}")) for n in range(4)),
    )
    assert ended == {"done": 1, "CannotUse": 7}
