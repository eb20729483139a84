"""When points expire: each lot on its own, all after a time without activity, or never; and never sooner than said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from customers.events import Happened, record
from loyalty import inactivity, ledger, programme
from loyalty.models import Journal, Lot
from loyalty.standing import standing
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.loyalty.members import earn, has, member, told, told_of_expiry
from tests.loyalty.orders import RULES, deliver, order, publish
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

DAY = timedelta(days=1)
SEOUL = ZoneInfo("Asia/Seoul")


def end_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=SEOUL)


@pytest.fixture
def by_inactivity(in_cafe: Merchant) -> None:
    """Points go 12 months after the last activity."""
    publish(expiry_months=12, expiry_by="inactivity", expiry_ends="day")


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [("day", (2027, 11, 20)), ("month", (2027, 11, 30)), ("year", (2027, 12, 31))],
)
def test_points_last_to_the_end_of_the_day_month_or_year(ends: str, wanted: tuple[int, int, int]) -> None:
    publish(expiry_months=12, expiry_ends=ends, hold_days=0)
    deliver(order())
    assert Lot.objects.get().expires_at == end_of(*wanted)


def test_a_shorter_rule_shortens_no_lot_that_is_there() -> None:
    publish(expiry_months=36, hold_days=0)
    deliver(order())
    before = Lot.objects.get().expires_at
    publish(expiry_months=1, hold_days=0, at=NOW + DAY)
    deliver(order(updated_at=NOW + 2 * DAY, subtotal=20_000, total=20_000), at=NOW + 2 * DAY)
    inactivity.postpone([Lot.objects.all()[0].customer_id], at=NOW + 2 * DAY)
    assert set(Lot.objects.values_list("expires_at", flat=True)) == {before}


@pytest.mark.parametrize(
    "change", ["expires_at = expires_at - interval '1 second'", "expires_at = NULL", "may_expire_at = now()"]
)
def test_the_database_lets_no_lot_go_sooner(change: str) -> None:
    earn(member(), 10, expires_at=NOW + 4000 * DAY, told=True)
    refused = pytest.raises(IntegrityError, match=r"append_only|no_sooner")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE loyalty_lot SET {change}")


def test_points_that_nobody_was_told_of_do_not_expire() -> None:
    who = member()
    earn(who, 10, expires_at=NOW + DAY)
    assert ledger.expire(at=NOW + 900 * DAY) == 0
    ledger.hold(who, 10, **told("h", at=NOW + 900 * DAY))
    assert has(who) == {"held": 10}


def test_what_goes_at_one_moment_is_one_line_of_the_history() -> None:
    who = member()
    for n in range(3):
        earn(who, 10, f"e{n}", expires_at=NOW + DAY, told=True)
    earn(who, 5, "later", expires_at=NOW + 2 * DAY, told=True)
    assert ledger.expire(at=NOW + 3 * DAY) == 4
    expired = Journal.objects.filter(kind="expire").order_by("id")
    assert list(expired.values_list("effective_at", flat=True)) == [NOW + DAY, NOW + 2 * DAY]
    assert list(expired[0].entries.filter(account="expired").values_list("points", flat=True)) == [30]


def test_the_next_expiry_is_when_points_may_really_go() -> None:
    who = member()
    earn(who, 10, expires_at=NOW + DAY)
    told_of_expiry(NOW)
    due = standing(who, at=NOW).next_expiry
    assert due
    assert (due.points, due.at) == (10, NOW + 3 * DAY)


# ── By inactivity ───────────────────────────────────────────────────────────────────────────────────


def lots_end(who: int) -> list[datetime | None]:
    return list(
        Lot.objects.filter(customer_id=who, remaining__gt=0).order_by("id").values_list("expires_at", flat=True)
    )


def visit(who: int, at: datetime) -> None:
    inactivity.postpone([who], at=at)


def redeem(who: int, at: datetime) -> None:
    ledger.hold(who, 1, **told("h", at=at))


def earn_again(who: int, at: datetime) -> None:
    ledger.earn([ledger.Earn(who, 5, "again", at, expires_at=end_of(2027, 12, 20))], actor=SYSTEM, at=at)


@pytest.mark.usefixtures("by_inactivity")
@pytest.mark.parametrize("activity", [visit, redeem, earn_again])
def test_any_activity_postpones_all_that_a_member_has(activity: Any) -> None:
    who, other = member(), member()
    for someone in (who, other):
        earn(someone, 10, f"e{someone}", expires_at=end_of(2027, 11, 20))
    activity(who, NOW + 30 * DAY)
    assert set(lots_end(who)) == {end_of(2027, 12, 20)}
    assert lots_end(other) == [end_of(2027, 11, 20)]


@pytest.mark.usefixtures("by_inactivity")
def test_what_staff_do_is_no_activity() -> None:
    who = member()
    earn(who, 10, expires_at=end_of(2027, 11, 20))
    ledger.adjust(who, -1, **told("a", at=NOW + 30 * DAY))
    assert lots_end(who) == [end_of(2027, 11, 20)]


@pytest.mark.usefixtures("by_inactivity")
def test_points_that_never_expire_stay_so() -> None:
    who = member()
    earn(who, 10)
    visit(who, NOW + 30 * DAY)
    assert lots_end(who) == [None]


@pytest.mark.usefixtures("by_inactivity")
def test_a_postponed_lot_is_told_of_anew() -> None:
    who = member()
    ledger.adjust(who, 10, expires_at=NOW + 40 * DAY, **told("gift"))
    told_of_expiry()
    visit(who, NOW + 39 * DAY)
    lot = Lot.objects.get()
    assert (lot.may_expire_at, lot.notices_planned) == (None, False)
    assert ledger.expire(at=NOW + 41 * DAY) == 0


@pytest.mark.usefixtures("by_inactivity")
def test_an_activity_after_the_last_moment_saves_nothing() -> None:
    who = member()
    ledger.adjust(who, 10, expires_at=NOW + DAY, **told("gift"))
    told_of_expiry()
    visit(who, NOW + DAY)
    ledger.expire(at=NOW + DAY)
    assert has(who) == {}


def test_without_that_rule_activity_moves_nothing() -> None:
    publish(expiry_months=12)
    who = member()
    earn(who, 10, expires_at=NOW + DAY)
    redeem(who, NOW)
    assert lots_end(who) == [NOW + DAY]


# ── What is usual and what is wrong ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("country", "months"), [("KR", 36), ("JP", 24), ("US", 24), ("DE", 24)])
def test_a_new_shop_starts_with_what_is_usual_in_its_country(country: str, months: int) -> None:
    assert programme.default_rules(country, "EUR").expiry_months == months


@pytest.mark.parametrize("notices", [[0], [91], "60", [1.5]])
def test_notices_make_sense_or_are_refused(notices: Any) -> None:
    with pytest.raises(programme.WrongRules) as wrong:
        programme.Rules.from_json({**RULES.to_json(), "notices": notices})
    assert any(field.startswith("notices") for field in wrong.value.errors)


@pytest.mark.usefixtures("by_inactivity")
@pytest.mark.parametrize("kind", ["customer.visited", "stamp.given", "reward.used"])
def test_who_was_there_without_points_moving_was_active_too(kind: str) -> None:
    who = member()
    ledger.adjust(who, 10, expires_at=NOW + 40 * DAY, **told("gift"))
    record([Happened(kind, NOW, customer_id=who)], at=NOW)
    assert lots_end(who) == [end_of(2027, 11, 20)]
