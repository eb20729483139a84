"""Points for what is no order: joining, birthdays, reviews, visits, and what programs tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from customers.events import Happened, record
from customers.models import Customer, Event
from customers.profiles import add_customer
from loyalty import birthdays, ledger, occasions
from loyalty.explaining import explain
from loyalty.models import Balance, Journal
from loyalty.rules import Rules
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from tests.loyalty.members import member
from tests.loyalty.orders import NOON, after, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

SHOPPER = Actor("shopper", 1, "Minsu")
STAFF = Actor("staff", 1, "Sora")


def programme(*earning: dict[str, Any], at: datetime = NOON - timedelta(days=60), **more: Any) -> None:
    named = [{"name": {"en": rule["key"]}, **rule} for rule in earning]
    plain = {"currency": "KRW", "earn_points": 1, "earn_per": 100, "expiry_months": 12, "earning": named, **more}
    publish(Rules.from_json(plain), at=at)


def has(who: int) -> int:
    balance = Balance.objects.filter(pk=who).first()
    return balance.available if balance else 0


def happens(who: int, kind: str, key: str = "k", at: datetime = NOON, **more: Any) -> list[bool]:
    return [posted.is_new for posted in occasions.happen(who, kind, key=key, at=at, actor=SYSTEM, **more)]


def test_a_review_earns_once_for_each_key() -> None:
    programme({"key": "review", "kind": "review", "points": 50})
    who = member()
    assert happens(who, "review") == [True]
    assert happens(who, "review") == [False]
    assert happens(who, "review", "another") == [True]
    assert has(who) == 100


def test_the_journal_tells_which_rule_gave_the_points() -> None:
    programme({"key": "review", "kind": "review", "points": 50, "name": {"en": "A review", "ko": "후기"}})
    happens(member(), "review", subject="beans")
    journal = Journal.objects.get()
    with translation.override("ko"):
        assert explain(journal.arithmetic).startswith("후기: ")
    assert (journal.reason, journal.arithmetic["subject"]) == ("review", "beans")
    assert journal.lots.get().expires_at is not None


def test_another_members_key_is_refused() -> None:
    programme({"key": "review", "kind": "review", "points": 50})
    happens(member(), "review")
    with pytest.raises(ledger.KeyReused):
        happens(member(), "review")


def test_two_rules_for_one_occasion_both_give() -> None:
    programme({"key": "a", "kind": "survey", "points": 5}, {"key": "b", "kind": "survey", "points": 7})
    who = member()
    assert happens(who, "survey") == [True, True]
    assert happens(who, "survey") == [False, False]
    assert has(who) == 12


def test_a_subject_that_names_a_rule_means_only_that_one() -> None:
    programme({"key": "insta", "kind": "social", "points": 5}, {"key": "films", "kind": "social", "points": 7})
    who = member()
    happens(who, "social", subject="films")
    assert has(who) == 7


def test_a_custom_event_is_known_by_its_name() -> None:
    programme({"key": "picnic", "kind": "custom", "event": "picnic.joined", "points": 9})
    who = member()
    assert happens(who, "custom", event="other") == []
    assert happens(who, "custom", event="picnic.joined") == [True]


def test_without_a_programme_nothing_happens() -> None:
    assert happens(member(), "review") == []


@pytest.mark.parametrize(
    ("limit", "points"),
    [({"times_each": 2}, 20), ({"times_a_day": 1}, 20), ({"points_a_day": 15}, 25), ({"points_a_month": 25}, 25)],
    ids=str,
)
def test_limits_hold_over_days(limit: dict[str, int], points: int) -> None:
    programme({"key": "review", "kind": "review", "points": 10, "limit": limit})
    who = member()
    for number, hours in enumerate([0, 1, 24]):
        happens(who, "review", f"r{number}", NOON + timedelta(hours=hours))
    assert has(who) == points


def test_a_limit_for_the_whole_programme_is_shared() -> None:
    programme({"key": "review", "kind": "review", "points": 10, "limit": {"points_in_all": 15}})
    first, second = member(), member()
    happens(first, "review", "a")
    happens(second, "review", "b")
    assert (has(first), has(second)) == (10, 5)


def test_what_was_undone_counts_towards_no_limit() -> None:
    programme({"key": "review", "kind": "review", "points": 10, "limit": {"times_each": 1}})
    who = member()
    happens(who, "review", "a")
    ledger.reverse(Journal.objects.get().pk, reason="spam", actor=STAFF, key="undo", at=after(1))
    happens(who, "review", "b")
    assert has(who) == 10


def test_joining_earns_the_welcome() -> None:
    programme({"key": "hello", "kind": "sign_up", "points": 1_000})
    customer = add_customer(country="KR", actor=STAFF, at=NOON, name="Mina", email="mina@example.com")
    assert has(customer.pk) == 1_000


def test_members_from_a_file_are_not_welcomed() -> None:
    programme({"key": "hello", "kind": "sign_up", "points": 1_000})
    who = member()
    record([Happened("customer.joined", NOON, customer_id=who, data={"import": 1})], at=NOON)
    assert has(who) == 0


def test_who_joined_before_the_programme_is_not_welcomed() -> None:
    programme({"key": "hello", "kind": "sign_up", "points": 1_000})
    who = member()
    record([Happened("customer.joined", NOON - timedelta(days=90), customer_id=who)], at=NOON)
    assert has(who) == 0


# ── Visits ──────────────────────────────────────────────────────────────────────────────────────


def test_a_visit_counts_once_a_day_at_each_place() -> None:
    programme({"key": "visit", "kind": "visit", "points": 10})
    who = member()
    code = occasions.visit_code(at=NOON)
    assert occasions.check_in(who, code, at=NOON, actor=SHOPPER).is_new
    again = occasions.check_in(who, code, at=after(60), actor=SHOPPER)
    assert (again.is_new, [posted.is_new for posted in again.posted]) == (False, [False])
    occasions.check_in(who, occasions.visit_code(at=NOON, place="annex"), at=after(61), actor=SHOPPER)
    assert has(who) == 20
    assert Event.objects.filter(kind="customer.visited").count() == 2


def test_a_code_is_good_for_its_day() -> None:
    code = occasions.visit_code(at=NOON)
    with pytest.raises(occasions.WrongCode):
        occasions.check_in(member(), code, at=NOON + timedelta(days=1), actor=SHOPPER)


def test_a_code_on_a_screen_is_good_for_its_minutes_and_as_long_again() -> None:
    code = occasions.visit_code(at=NOON, minutes=5)
    assert occasions.check_in(member(), code, at=after(9), actor=SHOPPER).is_new
    with pytest.raises(occasions.WrongCode):
        occasions.check_in(member(), code, at=after(10), actor=SHOPPER)


@pytest.mark.parametrize("code", ["", "x", "store.d740000.00000000000000000000", "store.d1." + "f" * 20, "a\n"])
def test_a_made_up_code_is_refused(code: str) -> None:
    with pytest.raises(occasions.WrongCode):
        occasions.check_in(member(), code, at=NOON, actor=SHOPPER)


# ── Birthdays ───────────────────────────────────────────────────────────────────────────────────


def born(day: date, *, known: datetime = NOON - timedelta(days=50)) -> int:
    who = member()
    Customer.objects.filter(pk=who).update(birthday=day, birthday_set_at=known)
    return who


BIRTHDAY = {"key": "birthday", "kind": "birthday", "points": 500}


def test_a_birthday_gives_its_points_once() -> None:
    programme(BIRTHDAY)
    who, other = born(date(1990, 11, 20)), born(date(1990, 11, 21))
    birthdays.give(NOON)
    birthdays.give(after(5))
    assert (has(who), has(other)) == (500, 0)
    assert Event.objects.get(kind="customer.birthday").customer_id == who


def test_a_day_on_which_nobody_could_give_is_made_up_for() -> None:
    programme(BIRTHDAY)
    who, long_ago = born(date(1990, 11, 15)), born(date(1990, 11, 10))
    birthdays.give(NOON)
    assert (has(who), has(long_ago)) == (500, 0)


def test_a_birthday_that_became_known_too_late_waits_for_the_next() -> None:
    programme(BIRTHDAY)
    who = born(date(1990, 11, 20), known=NOON - timedelta(days=29))
    birthdays.give(NOON)
    assert has(who) == 0
    birthdays.give(NOON + timedelta(days=365))
    assert has(who) == 500


def test_a_changed_birthday_gives_no_second_time_within_the_year() -> None:
    programme({**BIRTHDAY, "set_before_days": 0})
    who = born(date(1990, 11, 20))
    birthdays.give(NOON)
    Customer.objects.filter(pk=who).update(birthday=date(1990, 12, 24))
    birthdays.give(datetime(2026, 12, 24, 3, tzinfo=UTC))
    assert has(who) == 500


@pytest.mark.parametrize(("year", "day", "points"), [(2027, 28, 500), (2028, 28, 0), (2028, 29, 500)])
def test_the_29th_of_february_is_kept_on_the_28th_in_other_years(year: int, day: int, points: int) -> None:
    programme(BIRTHDAY)
    who = born(date(1992, 2, 29))
    birthdays.give(datetime(year, 2, day, 3, tzinfo=UTC))
    assert has(who) == points


def test_a_tier_adds_its_own_birthday_points() -> None:
    gold = {"key": "gold", "name": {"en": "Gold"}, "threshold": 1, "birthday_points": 300}
    programme(BIRTHDAY, tiers={"tiers": [gold]})
    who = born(date(1990, 11, 20))
    Balance.objects.create(customer_id=who, tier="gold", tier_since=NOON)
    birthdays.give(NOON)
    assert has(who) == 800


def test_the_alarm_rings_on_the_next_birthday_by_the_shops_clock(time_machine: Any) -> None:
    time_machine.move_to(NOON)
    programme({**BIRTHDAY, "set_before_days": 40})
    born(date(1990, 11, 20)), born(date(1990, 12, 3))
    assert birthdays.next_due() == datetime(2026, 12, 2, 15, tzinfo=UTC)


def test_the_alarm_looks_again_before_a_birthday_told_meanwhile_could_count(time_machine: Any) -> None:
    time_machine.move_to(NOON)
    programme(BIRTHDAY)
    born(date(1990, 6, 1))
    assert birthdays.next_due() == datetime(2026, 12, 20, 15, tzinfo=UTC)


def test_without_a_rule_no_alarm_rings() -> None:
    programme()
    born(date(1990, 6, 1))
    assert birthdays.next_due() is None


def test_the_member_enters_the_birthday_once() -> None:
    customer = Customer.objects.get(pk=member())
    set_to = occasions.set_birthday(customer, date(1990, 5, 1), at=NOON, actor=SHOPPER)
    assert (set_to.birthday, set_to.birthday_set_at) == (date(1990, 5, 1), NOON)
    with pytest.raises(occasions.BirthdayLocked):
        occasions.set_birthday(customer, date(1990, 5, 2), at=NOON, actor=SHOPPER)


def test_staff_change_a_birthday_with_a_reason() -> None:
    customer = Customer.objects.get(pk=born(date(1990, 5, 1)))
    with pytest.raises(occasions.BirthdayLocked):
        occasions.set_birthday(customer, date(1990, 5, 2), at=NOON, actor=STAFF)
    changed = occasions.set_birthday(customer, date(1990, 5, 2), at=NOON, actor=STAFF, reason="Misread")
    assert changed.birthday == date(1990, 5, 2)
    assert AuditEntry.objects.latest("id").changes == {"birthday": ["1990-05-01", "1990-05-02"]}


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2026, 11, 21)])
def test_a_day_on_which_nobody_was_born_is_refused(day: date) -> None:
    customer = Customer.objects.get(pk=member())
    with pytest.raises(occasions.WrongBirthday):
        occasions.set_birthday(customer, day, at=NOON, actor=SHOPPER)
