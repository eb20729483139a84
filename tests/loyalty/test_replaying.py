"""Replay: the draft over the shop's real orders, against what they really earned."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from customers.merging import merge
from customers.models import Customer, Order
from customers.orders import apply_orders, apply_refunds
from customers.snapshots import LineSnapshot
from loyalty import birthdays, drafts, ledger, occasions, past_orders, replaying
from loyalty.models import Draft, Journal, OrderEarning
from loyalty.programme import default_rules
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty import orders as scene

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
END = datetime.fromisoformat("2026-11-20T12:00:00+09:00")
BEGAN = END - 80 * DAY

RICH: dict[str, Any] = {
    "stacking": "add",
    "earning": [
        {"key": "weekend", "kind": "order", "name": {"en": "Weekend"}, "effect": "multiply", "factor": 200,
         "window": {"weekdays": [5, 6]}},
        {"key": "beans", "kind": "lines", "name": {"en": "Beans"}, "effect": "multiply", "factor": 300,
         "lines": {"tags": ["bean"]}},
        {"key": "third", "kind": "nth_order", "name": {"en": "Third"}, "nth": 3, "points": 500},
        {"key": "friend", "kind": "order", "name": {"en": "Friends"}, "effect": "rate", "points": 1, "per": 200,
         "audience": {"tags": ["friend"]}},
        {"key": "daily", "kind": "order", "name": {"en": "Daily"}, "points": 30,
         "limit": {"times_a_day": 1, "points_a_month": 90}},
        {"key": "budget", "kind": "order", "name": {"en": "Budget"}, "points": 11, "limit": {"points_in_all": 200}},
        {"key": "hello", "kind": "sign_up", "name": {"en": "Hello"}, "points": 1000},
        {"key": "cake", "kind": "birthday", "name": {"en": "Cake"}, "points": 500, "audience": {"tiers": ["gold"]}},
        {"key": "here", "kind": "visit", "name": {"en": "Here"}, "points": 20, "limit": {"points_a_month": 50}},
        {"key": "picnic", "kind": "custom", "event": "picnic", "name": {"en": "Picnic"}, "points": 7,
         "limit": {"points_in_all": 40}},
    ],
    "tiers": {"metric": "spend", "window": "rolling", "months": 3, "grace_days": 5, "tiers": [
        {"key": "silver", "name": {"en": "Silver"}, "threshold": 60_000, "factor": 150,
         "birthday_points": 200},
        {"key": "gold", "name": {"en": "Gold"}, "threshold": 150_000, "factor": 200},
    ]},
}  # fmt: skip


def rules(**changes: Any) -> Rules:
    """The rich programme of a Korean shop, with changes."""
    return Rules.from_json({**default_rules("KR", "KRW").to_json(), **RICH, **changes})


def trade(merchant: Merchant, *, orders: int = 60, seed: int = 3) -> None:
    """Some members order for eighty days; a sixth is refunded in part, some wholly, some cancelled; one is a friend."""
    chance, moments = random.Random(seed), []
    for number in range(orders):
        at = BEGAN + timedelta(minutes=chance.randrange(60, 79 * 24 * 60))
        moments.append((at, number, chance.randrange(5), chance.randrange(10, 60) * 1000, chance.random()))
    for at, number, who, money, luck in sorted(moments):
        lines = (
            LineSnapshot("l1", "Beans", 1, money // 2, money // 2, tags=("bean",)),
            LineSnapshot("l2", "Cup", 1, money - money // 2, money - money // 2),
        )
        buyer = scene.buyer(f"c{who}", updated_at=at)
        state = "cancelled" if luck > 0.95 else "paid"
        snapshot = scene.order(
            external_id=f"o{number}", number=f"#{number}", placed_at=at, paid_at=at, updated_at=at, total=money,
            subtotal=money, buyer=buyer, lines=lines, state=state,
        )  # fmt: skip
        with transaction.atomic():
            apply_orders([snapshot], at=at)
            if who == 0:
                Customer.objects.filter(orders__external_id=f"o{number}").update(tags=["friend"])
        if luck < 0.25:
            back = money if luck < 0.08 else money // 3
            later = at + timedelta(hours=5)
            with transaction.atomic():
                refund = scene.refund(f"r{number}", back, order_external_id=f"o{number}", at=later, updated_at=later)
                apply_refunds([refund], at=later)
        drain(merchant, at + timedelta(hours=6))


@pytest.fixture
def shop(in_cafe: Merchant) -> Merchant:
    """A shop with eighty days of orders by the rich programme."""
    scene.publish(rules(), at=BEGAN)
    trade(in_cafe)
    live()
    return in_cafe


def live() -> None:
    """The members have their birthdays, come by, and go to picnics; one picnic is undone."""
    for number, who in enumerate(members()):
        born = (BEGAN + (20 + 10 * number) * DAY).date().replace(year=1990)
        Customer.objects.filter(pk=who).update(birthday=born, birthday_set_at=BEGAN - 60 * DAY)
    for number in range(0, 78, 2):
        at = BEGAN + number * DAY
        with transaction.atomic():
            birthdays.give(at)
            for who in members()[number % 4 :]:
                occasions.check_in(who, occasions.visit_code(at=at), at=at, actor=SYSTEM)
        if number % 10 == 0:
            happen(members()[0], f"picnic {number}", at)
    wrong = Journal.objects.filter(reason="custom").latest("pk")
    ledger.reverse(wrong.pk, reason="It rained", actor=SYSTEM, key="undo", at=END)


def members() -> list[int]:
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def happen(who: int, key: str, at: datetime, kind: str = "custom", event: str = "picnic") -> None:
    occasions.happen(who, kind, key=key, event=event, at=at, actor=SYSTEM)


def replay(merchant: Merchant, draft: Rules, *, days: int = 90) -> dict[str, Any]:
    """The result of replaying these rules."""
    present = drafts.draft()
    drafts.save(draft.to_json(), revision=present.revision if present else 0, actor=SYSTEM, at=END)
    replaying.ask(days, actor=SYSTEM, at=END)
    drain(merchant, END)
    found = Draft.objects.get()
    assert found.replay == Draft.Replay.DONE
    return found.replay_result


def really_issued() -> int:
    return OrderEarning.objects.aggregate(points=Sum("posted"))["points"] or 0


def really_given(*kinds: str) -> int:
    """Points for occasions that were not undone."""
    given = Journal.objects.filter(kind="earn", order=None, key__startswith="occasion:", resolutions=None)
    found = given.filter(reason__in=kinds) if kinds else given
    return sum(journal.arithmetic["result"] for journal in found)


def test_the_present_programme_gives_what_was_really_issued(shop: Merchant) -> None:
    result = replay(shop, rules())
    assert result["sums"]["now"] == result["sums"]["was"] == really_issued() > 5000
    assert result["sums"]["occasions_now"] == result["sums"]["occasions_was"] == really_given() > 5000
    assert {kind: (now, was) for kind, (_times, now, was) in result["kinds"].items()} == {
        kind: (really_given(kind), really_given(kind)) for kind in ("sign_up", "birthday", "visit", "custom")
    }
    assert result["differing"] == 0


def test_another_name_and_another_order_of_rewards_change_nothing(shop: Merchant) -> None:
    renamed = [{**rule, "name": {"ko": "새 이름"}} for rule in RICH["earning"]]
    assert replay(shop, rules(earning=renamed, rewards=[]))["differing"] == 0


def test_rules_that_stay_keep_what_was_known_then(shop: Merchant) -> None:
    """Only the basic rate changes: limits, tiers, tags and n-th orders stay as they really were."""
    more = replay(shop, rules(earn_points=2))["sums"]
    fixed = replay(shop, rules(earn_points=1))["sums"]["now"]
    assert fixed < more["now"] < 2 * fixed


def test_a_draft_without_anything_extra_is_counted_afresh(shop: Merchant) -> None:
    result = replay(shop, default_rules("KR", "KRW"))
    expected = 0
    for order in Order.objects.filter(state="paid"):
        left = order.subtotal - sum(refund["subtotal"] for refund in order.refunds.values())
        expected += max(left, 0) // 100
    assert result["sums"]["now"] == expected < result["sums"]["was"]


def test_new_tiers_are_climbed_step_by_step(in_cafe: Merchant) -> None:
    plain = default_rules("KR", "KRW")
    scene.publish(plain, at=BEGAN)
    for number in range(3):
        at = BEGAN + (number + 1) * DAY
        scene_order(f"o{number}", 50_000, at)
    steps = {"tiers": [{"key": "gold", "name": {"en": "Gold"}, "threshold": 100_000, "factor": 200}]}
    result = replay(in_cafe, Rules.from_json({**plain.to_json(), "tiers": steps}))
    assert result["sums"] | {"nothing_now": 0, "nothing_was": 0} == result["sums"]
    assert (result["sums"]["was"], result["sums"]["now"]) == (1500, 500 + 500 + 1000)
    assert result["tiers"]["up"] == {"gold": 1}


def scene_order(number: str, money: int, at: datetime, who: str = "7") -> None:
    lines = (LineSnapshot("l1", "Beans", 1, money, money),)
    snapshot = scene.order(
        external_id=number, placed_at=at, paid_at=at, updated_at=at, total=money, subtotal=money, lines=lines,
        buyer=scene.buyer(who, updated_at=at),
    )  # fmt: skip
    with transaction.atomic():
        apply_orders([snapshot], at=at)


def test_orders_from_before_the_programme_were_worth_nothing_then(in_cafe: Merchant) -> None:
    scene_order("old", 10_000, BEGAN)
    scene.publish(default_rules("KR", "KRW"), at=BEGAN + DAY)
    sums = replay(in_cafe, default_rules("KR", "KRW"))["sums"]
    assert (sums["now"], sums["was"], sums["nothing_was"]) == (100, 0, 1)


def test_it_counts_by_month_of_the_shop(in_cafe: Merchant) -> None:
    scene.publish(default_rules("KR", "KRW"), at=BEGAN)
    scene_order("late", 10_000, datetime.fromisoformat("2026-09-30T23:59:00+09:00"))
    scene_order("early", 20_000, datetime.fromisoformat("2026-10-01T00:01:00+09:00"))
    months = replay(in_cafe, default_rules("KR", "KRW"))["months"]
    assert {month: counted["now"] for month, counted in months.items()} == {"2026-09": 100, "2026-10": 200}


def test_it_names_who_gains_and_who_loses(in_cafe: Merchant) -> None:
    plain = default_rules("KR", "KRW")
    scene.publish(plain, at=BEGAN)
    scene_order("large", 100_000, BEGAN + DAY, who="1")
    scene_order("small", 3_000, BEGAN + DAY, who="2")
    result = replay(in_cafe, replace(plain, earn_points=2, minimum_minor=5_000))
    people = {order.external_id: order.customer_id for order in Order.objects.all()}
    assert result["gainers"] == [[people["large"], 2000, 1000, 0, 0]]
    assert result["losers"] == [[people["small"], 0, 30, 0, 0]]
    assert result["sums"]["nothing_now"] == 1


# ── Occasions ───────────────────────────────────────────────────────────────────────────────────

HELLO = {"key": "hello", "kind": "sign_up", "name": {"en": "Hello"}, "points": 1000}
CAKE = {"key": "cake", "kind": "birthday", "name": {"en": "Cake"}, "points": 500}


def plain(*earning: dict[str, Any], **more: Any) -> Rules:
    return Rules.from_json({**default_rules("KR", "KRW").to_json(), "earning": earning, **more})


def a_member(number: str = "7", at: datetime = BEGAN + DAY, *, born: date | None = None) -> int:
    """Who joins with an order of 10,000 won."""
    scene_order(f"o{number}", 10_000, at, who=number)
    customer = Customer.objects.get(orders__external_id=f"o{number}")
    Customer.objects.filter(pk=customer.pk).update(birthday=born, birthday_set_at=at if born else None)
    return customer.pk


def given(result: dict[str, Any], kind: str) -> list[int]:
    """How many, by the draft, really."""
    return list(result["kinds"].get(kind, [0, 0, 0]))


def test_a_dropped_gift_for_joining_is_missed(in_cafe: Merchant) -> None:
    scene.publish(plain(HELLO), at=BEGAN)
    who = a_member()
    result = replay(in_cafe, plain())
    assert given(result, "sign_up") == [1, 0, 1000]
    assert result["losers"] == [[who, 100, 1100, 0, 1000]]
    assert (result["sums"]["now"], result["sums"]["was"]) == (100, 100)  # of orders


def test_a_new_gift_for_joining_counts_who_joined(in_cafe: Merchant) -> None:
    scene.publish(plain(), at=BEGAN)
    a_member("1")
    a_member("2", BEGAN - DAY)
    result = replay(in_cafe, plain(HELLO), days=90)
    assert given(result, "sign_up") == [2, 2000, 0]
    months = {month: counted["occasions_now"] for month, counted in result["months"].items()}
    assert months == {"2026-08": 1000, "2026-09": 1000}


def test_a_new_birthday_gift_counts_birthdays_in_that_time(in_cafe: Merchant) -> None:
    """Not of who had not joined by then, nor where it became known too late."""
    scene.publish(plain(), at=BEGAN)
    a_member("1", born=date(1990, 11, 1))
    a_member("2", born=date(1990, 8, 1))
    a_member("3", END - 3 * DAY, born=date(1990, 11, 1))
    a_member("4", END - 20 * DAY, born=date(1990, 11, 5))
    assert given(replay(in_cafe, plain(CAKE)), "birthday") == [2, 500, 0]
    assert given(replay(in_cafe, plain({**CAKE, "set_before_days": 0})), "birthday") == [2, 1000, 0]


def test_a_birthday_that_was_kept_is_no_second_one(in_cafe: Merchant) -> None:
    scene.publish(plain(CAKE), at=BEGAN)
    a_member(born=date(1990, 11, 1))
    birthdays.give(datetime.fromisoformat("2026-11-01T00:00:03+09:00"))
    assert given(replay(in_cafe, plain({**CAKE, "points": 700})), "birthday") == [1, 700, 500]


def test_a_new_rule_for_visits_counts_those_that_were(in_cafe: Merchant) -> None:
    scene.publish(plain(), at=BEGAN)
    who = a_member()
    for hours in (48, 49, 72):
        at = BEGAN + timedelta(hours=hours)
        occasions.check_in(who, occasions.visit_code(at=at), at=at, actor=SYSTEM)
    visit = {"key": "here", "kind": "visit", "name": {"en": "Here"}, "points": 20}
    assert given(replay(in_cafe, plain(visit)), "visit") == [2, 40, 0]
    limited = {**visit, "limit": {"times_each": 1}}
    assert given(replay(in_cafe, plain(limited)), "visit") == [2, 20, 0]


def test_the_same_rules_by_other_keys_are_worked_out_afresh(in_cafe: Merchant) -> None:
    """Nothing that was kept is taken: what the pure function says of each occasion is what it really gave."""
    ways = [
        {**HELLO, "window": {"weekdays": [0, 1, 2, 3]}},
        CAKE,
        {"key": "here", "kind": "visit", "name": {"en": "Here"}, "points": 20, "limit": {"points_a_month": 50}},
        {"key": "picnic", "kind": "custom", "event": "picnic", "name": {"en": "P"}, "points": 7,
         "limit": {"points_in_all": 40}},
    ]  # fmt: skip
    scene.publish(plain(*ways), at=BEGAN)
    trade(in_cafe, orders=20)
    live()
    result = replay(in_cafe, plain(*({**way, "key": f"other-{way['key']}"} for way in ways)))
    assert result["sums"]["occasions_now"] == result["sums"]["occasions_was"] == really_given() > 1000


def test_what_was_undone_did_not_happen(in_cafe: Merchant) -> None:
    scene.publish(plain(HELLO), at=BEGAN)
    a_member()
    ledger.reverse(Journal.objects.get(reason="sign_up").pk, reason="", actor=SYSTEM, key="undo", at=END)
    assert given(replay(in_cafe, plain({**HELLO, "points": 2000})), "sign_up") == [0, 0, 0]


def test_occasions_of_who_was_merged_count_for_who_is_left(in_cafe: Merchant) -> None:
    scene.publish(plain(HELLO), at=BEGAN)
    gone, left = a_member("1"), a_member("2")
    with transaction.atomic():
        merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=left), actor=SYSTEM, at=END - DAY)
    result = replay(in_cafe, plain())
    assert given(result, "sign_up") == [2, 0, 2000]
    assert result["losers"] == [[left, 200, 2200, 0, 2000]]


def test_the_tier_of_the_day_decides_about_a_birthday(in_cafe: Merchant) -> None:
    """Members climb with their orders: the one is on the tier by their birthday, the other is not."""
    scene.publish(plain(), at=BEGAN)
    a_member("1", born=date(1990, 11, 1))
    a_member("2", born=date(1990, 11, 1))
    scene_order("more", 90_000, BEGAN + 2 * DAY, who="1")
    scene_order("late", 90_000, END - DAY, who="2")
    gold = {"key": "gold", "name": {"en": "Gold"}, "threshold": 100_000, "birthday_points": 300}
    assert given(replay(in_cafe, plain(tiers={"tiers": [gold]})), "birthday") == [2, 300, 0]


def test_a_crash_loses_one_page(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_orders, "MEMBERS", 2)
    monkeypatch.setattr(replaying, "SECONDS", 0)  # one page in each run: a run is one transaction within a test's
    whole = replay(shop, rules(earn_points=3))
    calls = {"pages": 0}
    count = replaying._count

    def crash_in_the_second(*args: Any) -> int:
        calls["pages"] += 1
        if calls["pages"] == 2:
            raise ConnectionError
        return count(*args)

    monkeypatch.setattr(replaying, "_count", crash_in_the_second)
    replaying.ask(90, actor=SYSTEM, at=END)
    with pytest.raises(ConnectionError):
        drain(shop, END)
    half = Draft.objects.get()
    assert half.replay == Draft.Replay.RUNNING
    assert 0 < half.replay_progress["done"] < half.replay_progress["of"]
    drain(shop, END + timedelta(minutes=5))
    found = Draft.objects.get().replay_result
    assert (found["sums"], found["gainers"]) == (whole["sums"], whole["gainers"])


def test_a_stopped_replay_ends(in_cafe: Merchant) -> None:
    drafts.save(default_rules("KR", "KRW").to_json(), revision=0, actor=SYSTEM, at=END)
    replaying.ask(90, actor=SYSTEM, at=END)
    replaying.stop(actor=SYSTEM, at=END)
    assert replaying.earliest_due() is None
    drain(in_cafe, END)
    assert Draft.objects.get().replay == Draft.Replay.STOPPED


def test_editing_goes_on_while_a_replay_runs(in_cafe: Merchant) -> None:
    """The replay is of the rules for which it was asked."""
    scene.publish(default_rules("KR", "KRW"), at=BEGAN)
    scene_order("one", 10_000, BEGAN + DAY)
    draft = drafts.save(default_rules("KR", "KRW").to_json(), revision=0, actor=SYSTEM, at=END)
    replaying.ask(90, actor=SYSTEM, at=END)
    changed = replace(default_rules("KR", "KRW"), earn_points=9)
    drafts.save(changed.to_json(), revision=draft.revision, actor=SYSTEM, at=END)
    drain(in_cafe, END)
    found = Draft.objects.get()
    assert found.replay_result["sums"]["now"] == 100
    assert found.replay_revision != found.revision


@pytest.mark.parametrize(
    ("days", "rules_json", "code"),
    [(90, None, "no_draft"), (30, {"currency": "KRW", "earn_points": 1, "earn_per": 100}, "days"),
     (90, {"currency": "KRW", "earn_points": 0, "earn_per": 100}, "wrong_rules")],
)  # fmt: skip
def test_what_cannot_be_replayed_is_refused(
    in_cafe: Merchant, days: int, rules_json: dict[str, Any] | None, code: str
) -> None:
    if rules_json is not None:
        drafts.save(rules_json, revision=0, actor=SYSTEM, at=END)
    with pytest.raises(replaying.CannotReplay) as refused:
        replaying.ask(days, actor=SYSTEM, at=END)
    assert refused.value.code == code
