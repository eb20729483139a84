"""What the shop owes its members in points and money, as of any day, and what moved in a month. docs/liability.md"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection

from loyalty import programme
from loyalty.models import MEMBER_ACCOUNTS

MONTHS = 12  # of movements
LEAST_COHORTS, LEAST_LOTS = 6, 100  # below, nothing is said of breakage
# Counting so many entries takes a noticeable part of a second.
SLOW_SECONDS, REMEMBERED_SECONDS = 0.5, 900


@dataclass(frozen=True, slots=True)
class Accounts:
    """Points of all members together, by account. `debt` is what they owe, positive."""

    available: int
    pending: int
    held: int
    debt: int

    @property
    def outstanding(self) -> int:
        """Points that members can still come to use; what they owe is not taken off."""
        return self.available + self.pending + self.held

    @property
    def net(self) -> int:
        """The sum of the members' entries: what is outstanding less what members owe."""
        return self.outstanding - self.debt


@dataclass(frozen=True, slots=True)
class Bucket:
    """Points not used yet of one month of issue, or of one month of expiry (None: they never expire)."""

    since: date | None
    points: int


@dataclass(frozen=True, slots=True)
class Breakage:
    """How much of what is outstanding will probably expire unused, by this shop's own past."""

    share: float  # of the points of cohorts that are over
    low: float  # and high: where the share lies nineteen times in twenty
    high: float
    cohorts: int
    points: int  # of what is outstanding
    points_low: int
    points_high: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One month: opening + issued − redeemed − expired − clawed_back + adjusted = closing, to the point."""

    month: date  # its first day
    opening: int
    issued: int
    redeemed: int
    expired: int
    clawed_back: int
    adjusted: int
    closing: int


@dataclass(frozen=True, slots=True)
class Liability:
    """The books at the end of `day`, as they were recorded until then."""

    day: date
    counted_at: datetime
    accounts: Accounts
    by_age: tuple[Bucket, ...]
    by_expiry: tuple[Bucket, ...]
    breakage: Breakage | None  # None: too little has run its course yet
    worth_minor: int | None  # of what is outstanding, by the programme in force; None: without a programme
    breakage_minor: int | None
    currency: str
    movements: tuple[Movement, ...]  # the last twelve months, oldest first; the last one until `day`


# One row for each account and month of recording: the members' present balances (month null), and what moved in the
# months asked for. What came after the moment asked for is told apart, to be taken off the present balances.
BOOKS = """
SELECT 'now' AS part, NULL::date AS month, account, points FROM (
    SELECT coalesce(sum(available), 0)::bigint AS available, coalesce(sum(pending), 0)::bigint AS pending,
        coalesce(sum(held), 0)::bigint AS held, -coalesce(sum(debt), 0)::bigint AS debt
    FROM loyalty_balance
) balance, LATERAL (VALUES ('available', available), ('pending', pending), ('held', held), ('debt', debt))
    AS account (account, points)
UNION ALL
SELECT CASE WHEN j.recorded_at >= %(until)s THEN 'later' ELSE 'moved' END,
    date_trunc('month', j.recorded_at AT TIME ZONE %(zone)s)::date, e.account, sum(e.points)::bigint
FROM loyalty_journal j JOIN loyalty_entry e ON e.journal_id = j.id
WHERE j.recorded_at >= %(since)s GROUP BY 1, 2, 3
"""

# Lots by month of issue and of expiry: what came, what was left then, and what had expired. `over`: run their course.
LOTS = """
WITH later AS (
    SELECT a.lot_id, sum(a.points) AS points FROM loyalty_journal j JOIN loyalty_allocation a ON a.journal_id = j.id
    WHERE j.recorded_at >= %(until)s GROUP BY a.lot_id
), expired AS (
    SELECT a.lot_id, -sum(a.points) AS points FROM loyalty_journal j JOIN loyalty_allocation a ON a.journal_id = j.id
    WHERE j.kind = 'expire' AND j.recorded_at < %(until)s GROUP BY a.lot_id
), lot AS (
    SELECT l.points, l.remaining - coalesce(later.points, 0) AS remaining, coalesce(expired.points, 0) AS expired,
        date_trunc('month', j.effective_at AT TIME ZONE %(zone)s)::date AS issued,
        date_trunc('month', coalesce(l.may_expire_at, l.expires_at) AT TIME ZONE %(zone)s)::date AS ends,
        l.expires_at
    FROM loyalty_lot l JOIN loyalty_journal j ON j.id = l.journal_id
    LEFT JOIN later ON later.lot_id = l.id LEFT JOIN expired ON expired.lot_id = l.id
    WHERE j.recorded_at < %(until)s
)
SELECT issued, ends, coalesce(expires_at < %(until)s AND remaining = 0, false) AS over, count(*), sum(points)::bigint,
    sum(remaining)::bigint, sum(expired)::bigint
FROM lot GROUP BY 1, 2, 3
"""


def report(*, at: datetime, day: date | None = None) -> Liability:
    """The liability as of the end of `day` (now when not given), reconciling with the entries to the point.

    Three statements. `day` lies not after today; money is by the programme in force at its end.
    """
    zone = programme.shop_time_zone()
    today = at.astimezone(zone).date()
    day = min(day or today, today)
    until = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    first = _first_month(day)
    told = {"until": until, "since": datetime.combine(first, datetime.min.time(), zone), "zone": zone.key}
    accounts, movements = _books(told, first, day)
    by_age, by_expiry, breakage = _lots(told)
    version = programme.in_force(min(at, until))
    terms = version.terms if version else None
    return Liability(
        day=day,
        counted_at=at,
        accounts=accounts,
        by_age=by_age,
        by_expiry=by_expiry,
        breakage=breakage,
        worth_minor=terms.worth(accounts.outstanding) if terms else None,
        breakage_minor=terms.worth(breakage.points) if terms and breakage else None,
        currency=terms.currency if terms else connection.tenant.currency,
        movements=movements,
    )


def remembered(*, at: datetime, day: date | None = None) -> Liability:
    """As `report`; a shop whose books take long to count gets it up to 15 minutes old: `counted_at` says from when."""
    key = f"liability:{day or 'now'}"
    known: Liability | None = cache.get(key)
    if known is None:
        start = datetime.now()  # noqa: DTZ005  how long it took, not when it was
        known = report(at=at, day=day)
        if (datetime.now() - start).total_seconds() > SLOW_SECONDS:  # noqa: DTZ005
            cache.set(key, known, timeout=REMEMBERED_SECONDS)
    return known


def _rows(sql: str, told: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return cursor.fetchall()


# ── Accounts and movements ──────────────────────────────────────────────────────────────────────────


def _books(told: dict[str, Any], first: date, day: date) -> tuple[Accounts, tuple[Movement, ...]]:
    members: Counter[str] = Counter()
    moved: dict[date, Counter[str]] = {}
    for part, month, account, points in _rows(BOOKS, told):
        if part == "moved":
            moved.setdefault(month, Counter())[account] += points
        elif account in MEMBER_ACCOUNTS:
            members[account] += points if part == "now" else -points
    accounts = Accounts(members["available"], members["pending"], members["held"], -members["debt"])
    return accounts, _movements(accounts.net, moved, first, day)


def _movements(closing: int, moved: dict[date, Counter[str]], first: date, day: date) -> tuple[Movement, ...]:
    """The months from the last back to the first: what one began with, the one before ended with."""
    found: list[Movement] = []
    month = day.replace(day=1)
    while month >= first:
        of_month = moved.get(month, Counter[str]())
        opening = closing - sum(of_month[account] for account in MEMBER_ACCOUNTS)
        found.append(
            Movement(
                month=month, opening=opening, issued=-of_month["issued"], redeemed=of_month["redeemed"],
                expired=of_month["expired"], clawed_back=of_month["clawed_back"], adjusted=-of_month["adjusted"],
                closing=closing,
            )
        )  # fmt: skip
        closing, month = opening, _month_before(month)
    return tuple(reversed(found))


def _first_month(day: date) -> date:
    month = day.replace(day=1)
    for _ in range(MONTHS - 1):
        month = _month_before(month)
    return month


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


# ── Lots: age, expiry, breakage ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Cohort:
    """Lots of one month of issue and one of expiry."""

    issued: date
    ends: date | None
    over: bool
    lots: int
    points: int
    remaining: int
    expired: int


def _lots(told: dict[str, Any]) -> tuple[tuple[Bucket, ...], tuple[Bucket, ...], Breakage | None]:
    cohorts = [_Cohort(*row) for row in _rows(LOTS, told)]
    by_age = _buckets((cohort.issued, cohort.remaining) for cohort in cohorts)
    by_expiry = _buckets((cohort.ends, cohort.remaining) for cohort in cohorts)
    return by_age, by_expiry, breakage(cohorts)


def _buckets(parts: Iterable[tuple[date | None, int]]) -> tuple[Bucket, ...]:
    """By month, the earliest first, what never ends last; months without points are left out."""
    sums: Counter[date | None] = Counter()
    for month, points in parts:
        sums[month] += points
    known = sorted((month for month in sums if month and sums[month]), key=lambda month: month)
    return tuple(Bucket(month, sums[month]) for month in (*known, *([None] if sums[None] else [])))


def breakage(cohorts: Sequence[_Cohort]) -> Breakage | None:
    """What will probably expire, by the share that expired of all points whose time is over.

    Lots that ended in one month are one cohort. Of each open cohort the same share of what was issued is expected to
    expire, but no more than is left of it; points that never expire count for nothing. The range is that of a ratio
    estimated from whole cohorts (±1.96 standard errors): they differ more than single lots do. None while fewer than
    six cohorts or a hundred lots have run their course.
    """
    over = _by_end(cohorts)
    lots = sum(cohort.lots for cohort in cohorts if cohort.over)
    issued = sum(points for points, _expired in over)
    if len(over) < LEAST_COHORTS or lots < LEAST_LOTS or not issued:
        return None
    share = sum(expired for _points, expired in over) / issued
    many = len(over)
    spread = sum((expired - share * points) ** 2 for points, expired in over)
    error = 1.96 * math.sqrt(many / (many - 1) * spread) / issued
    low, high = max(0.0, share - error), min(1.0, share + error)
    expected = [_expected(cohorts, one) for one in (share, low, high)]
    return Breakage(share, low, high, many, *expected)


def _by_end(cohorts: Sequence[_Cohort]) -> list[tuple[int, int]]:
    """Points issued and expired of the cohorts that are over, by the month in which they ended."""
    sums: dict[date | None, tuple[int, int]] = {}
    for cohort in cohorts:
        if cohort.over:
            points, expired = sums.get(cohort.ends, (0, 0))
            sums[cohort.ends] = (points + cohort.points, expired + cohort.expired)
    return list(sums.values())


def _expected(cohorts: Sequence[_Cohort], share: float) -> int:
    return sum(
        min(cohort.remaining, round(share * cohort.points))
        for cohort in cohorts
        if cohort.ends is not None and not cohort.over
    )
