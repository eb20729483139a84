"""Publishing a programme, and which version is in force when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty import programme
from loyalty.rules import Rules, WrongRules
from staff.actors import SYSTEM, Actor
from staff.models import AuditEntry
from tests.loyalty.orders import RULES
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]

SORA = Actor("staff", 1, "Sora")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("country", "currency", "earned_by_10000", "hold_days", "months"),
    [
        ("KR", "KRW", 100, 7, 36),
        ("JP", "JPY", 100, 8, 24),
        ("GB", "GBP", 100, 14, 24),
        ("US", "USD", 100, 14, 24),
        ("DE", "EUR", 100, 14, 24),
        ("KW", "KWD", 10, 14, 24),
    ],
)
def test_a_new_shop_starts_with_one_per_cent(
    country: str, currency: str, earned_by_10000: int, hold_days: int, months: int
) -> None:
    rules = programme.default_rules(country, currency)
    assert rules.points_for(10_000) == earned_by_10000
    assert rules.worth(earned_by_10000) == 100
    assert (rules.hold_days, rules.expiry_months) == (hold_days, months)
    assert all(reward.value_minor == rules.worth(reward.points) for reward in rules.rewards)


def test_the_first_rewards_are_named_in_both_languages() -> None:
    assert programme.default_rules("KR", "KRW").rewards[1].name == {"ko": "3,000원 할인", "en": "₩3,000 off"}
    assert programme.default_rules("GB", "GBP").rewards[0].name == {"ko": "£5.00 할인", "en": "£5.00 off"}


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(WrongRules):
        programme.default_rules("KR", "ABC")


def test_before_anything_is_published_nothing_is_in_force() -> None:
    assert programme.current() is None
    assert programme.in_force(NOW) is None


def test_each_version_is_in_force_from_its_moment() -> None:
    first = programme.publish(RULES, actor=SORA, at=NOW)
    second = programme.publish(replace(RULES, earn_points=2), actor=SORA, at=NOW, in_force_from=NOW + DAY)
    assert programme.in_force(NOW - timedelta(seconds=1)) is None
    assert programme.in_force(NOW) == first
    assert programme.in_force(NOW + DAY) == second
    assert (programme.current(), second.number, second.terms.earn_points) == (second, 2, 2)


def test_only_the_first_version_may_begin_in_the_past() -> None:
    programme.publish(RULES, actor=SORA, at=NOW, in_force_from=NOW - 91 * DAY)
    with pytest.raises(programme.CannotPublish):
        programme.publish(RULES, actor=SORA, at=NOW, in_force_from=NOW - DAY)


def test_no_version_begins_before_one_that_is_planned() -> None:
    programme.publish(RULES, actor=SORA, at=NOW)
    programme.publish(RULES, actor=SORA, at=NOW, in_force_from=NOW + 9 * DAY)
    with pytest.raises(programme.CannotPublish):
        programme.publish(RULES, actor=SORA, at=NOW)


def test_publishing_stands_in_the_trail_with_what_changed() -> None:
    programme.publish(RULES, actor=SORA, at=NOW)
    version = programme.publish(replace(RULES, earn_points=2), actor=SORA, at=NOW, note="Spring")
    entry = AuditEntry.objects.filter(action="programme.published").latest("id")
    assert entry.changes["earn_points"] == [1, 2]
    assert "earn_per" not in entry.changes
    assert (entry.actor_name, entry.reason, entry.object_id) == ("Sora", "Spring", version.pk)
    assert (version.published_by, version.publisher_id) == ("Sora", 1)


def test_rules_that_make_no_sense_are_not_published() -> None:
    with pytest.raises(WrongRules):
        programme.publish(Rules(currency="KRW", earn_points=0, earn_per=100), actor=SYSTEM, at=NOW)
    assert programme.current() is None
