"""The liability report agrees with the ledger's entries, to the point, as of any day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from loyalty import ledger
from loyalty.liability import LEAST_COHORTS, Liability, report
from loyalty.models import Entry, Lot
from staff.actors import SYSTEM
from tests.loyalty.members import member, order_of, told_of_expiry
from tests.loyalty.orders import publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe", "books_hold")]

DAY = timedelta(days=1)
START = datetime(2026, 1, 10, 3, tzinfo=UTC)
LATER = datetime(2026, 6, 20, 3, tzinfo=UTC)


def told(key: str, at: datetime) -> dict[str, Any]:
    return {"reason": "", "actor": SYSTEM, "key": key, "at": at}


@pytest.fixture
def half_a_year(in_cafe: object) -> None:
    """Everything that can happen to points, from January to June."""
    publish(at=START - DAY)
    people = [member() for _ in range(3)]
    for month in range(6):
        at = START + month * 30 * DAY
        for place, who in enumerate(people):
            order = order_of(who)
            earned = ledger.Earn(
                who, 100 + month, f"e{month}:{who}", at, expires_at=at + 80 * DAY, order_id=order,
                matures_at=at + 7 * DAY if place else None,
            )  # fmt: skip
            ledger.earn([earned], actor=SYSTEM, at=at)
            if place == 1:
                back = ledger.ClawBack(who, 60, f"b{month}:{who}", order, at)
                ledger.claw_back([back], actor=SYSTEM, at=at + 2 * DAY)
        hold = ledger.hold(people[0], 40, **told(f"h{month}", at + DAY))
        if month % 2:
            ledger.capture(hold.pk, points=30, **told(f"c{month}", at + 3 * DAY))
        ledger.adjust(people[2], 7, expires_at=None, **told(f"a{month}", at + 4 * DAY))
        ledger.mature(at=at + 8 * DAY)
        told_of_expiry()
        ledger.expire(at=at + 20 * DAY)


def entries_until(end: datetime) -> Counter[str]:
    """The same asked of the entries alone."""
    rows = Entry.objects.filter(journal__recorded_at__lt=end).values("account").annotate(points=Sum("points"))
    return Counter({row["account"]: row["points"] for row in rows})


def agrees(found: Liability, end: datetime) -> None:
    entries = entries_until(end)
    accounts = found.accounts
    assert (accounts.available, accounts.pending, accounts.held, -accounts.debt) == (
        entries["available"], entries["pending"], entries["held"], entries["debt"],
    )  # fmt: skip
    lots = accounts.available + accounts.pending
    assert sum(bucket.points for bucket in found.by_age) == lots
    assert sum(bucket.points for bucket in found.by_expiry) == lots
    last = found.movements[-1]
    assert last.closing == accounts.net == -sum(entries[a] for a in entries if a not in MEMBERS)
    for before, after in zip(found.movements, found.movements[1:], strict=False):
        assert before.closing == after.opening
    for m in found.movements:
        assert m.opening + m.issued - m.redeemed - m.expired - m.clawed_back + m.adjusted == m.closing
    assert sum(m.expired for m in found.movements) == entries["expired"]
    assert sum(m.issued for m in found.movements) == -entries["issued"]
    assert found.movements[0].opening == 0


MEMBERS = ("available", "pending", "held", "debt")


@pytest.mark.usefixtures("half_a_year")
def test_it_reconciles_with_the_entries_now_and_on_any_past_day() -> None:
    agrees(report(at=LATER), LATER + DAY)
    for day in (date(2026, 1, 10), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 20)):
        end = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)  # midnight in Seoul
        agrees(report(at=LATER, day=day), end)


@pytest.mark.usefixtures("half_a_year")
def test_a_day_to_come_is_today() -> None:
    assert report(at=LATER, day=date(2030, 1, 1)).day == date(2026, 6, 20)


@pytest.mark.usefixtures("half_a_year")
def test_it_says_what_points_are_worth() -> None:
    found = report(at=LATER)
    assert found.worth_minor == found.accounts.outstanding
    assert found.currency == "KRW"


def test_an_empty_shop_owes_nothing() -> None:
    found = report(at=LATER)
    assert (found.accounts.outstanding, found.worth_minor, found.breakage) == (0, None, None)
    assert [movement.closing for movement in found.movements] == [0] * 12


# ── Breakage ────────────────────────────────────────────────────────────────────────────────────────


def cohorts(months: int, *, lots: int = 20, used: int = 0) -> None:
    """As many months of lots that are over: of each 100 points, `used` were used before they expired."""
    for month in range(months):
        at = START + month * 30 * DAY
        people = [member() for _ in range(lots)]
        earned = [ledger.Earn(who, 100, f"e{who}", at, expires_at=at + 10 * DAY) for who in people]
        ledger.earn(earned, actor=SYSTEM, at=at)
        if used:
            for who in people:
                ledger.capture(ledger.hold(who, used, **told(f"h{who}", at)).pk, **told(f"c{who}", at))
        told_of_expiry()
        ledger.expire(at=at + 11 * DAY)


def test_too_little_past_says_nothing_of_breakage() -> None:
    cohorts(LEAST_COHORTS - 1)
    assert report(at=LATER).breakage is None


def test_what_expired_before_tells_what_will_expire() -> None:
    cohorts(LEAST_COHORTS, used=75)
    at = LATER + 60 * DAY
    ledger.earn([ledger.Earn(member(), 1000, "open", at, expires_at=at + 90 * DAY)], actor=SYSTEM, at=at)
    found = report(at=at).breakage
    assert found
    assert (found.share, found.cohorts, found.points) == (0.25, LEAST_COHORTS, 250)
    assert found.low == found.high == 0.25  # all months alike


def test_no_more_breaks_than_is_left_and_nothing_of_what_never_expires() -> None:
    cohorts(LEAST_COHORTS, used=75)
    at = LATER + 60 * DAY
    who = member()
    ledger.earn([ledger.Earn(who, 1000, "open", at, expires_at=at + 90 * DAY)], actor=SYSTEM, at=at)
    ledger.hold(who, 900, **told("h", at))
    ledger.earn([ledger.Earn(who, 5000, "never", at)], actor=SYSTEM, at=at)
    assert Lot.objects.filter(expires_at=None).exists()
    found = report(at=at).breakage
    assert found
    assert found.points == 100
