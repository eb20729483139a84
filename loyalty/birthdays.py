"""Birthdays: entered once, and on the day the alarm "birthdays" gives what rules and tiers say.

One alarm for the shop, at the first moment of the next day that is anybody's birthday. A member whose birthday became
known later than a rule allows has to wait for the next one, and nobody has two within ten months, whatever is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from customers.events import Happened, record, tell
from customers.models import Customer
from loyalty.evaluation import BIRTHDAY_KNOWN_BEFORE, Occasion
from loyalty.happening import Happening, gives_for, happen_all
from loyalty.programme import in_force, shop_time_zone
from loyalty.rules import Rules
from staff import audit
from staff.actors import SYSTEM, Actor
from tenants.alarms import handler

ALARM = "birthdays"
HAD = "customer.birthday"
PAGE = 300  # members in one transaction
LATE = 6  # days after which a birthday that nobody could give is let go
BETWEEN = timedelta(days=300)
OLDEST = date(1900, 1, 1)
FEBRUARY_29 = 229

# Members whose birthday is on one of these days (month × 100 + day) and who had none lately.
DUE = """
SELECT c.id, c.birthday, coalesce(c.birthday_set_at, c.created_at) FROM customers_customer c
WHERE EXTRACT(MONTH FROM c.birthday) * 100 + EXTRACT(DAY FROM c.birthday) = ANY (%(days)s) AND c.birthday IS NOT NULL
  AND c.joined_at IS NOT NULL AND c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.id > %(after)s
  AND NOT EXISTS (
    SELECT FROM customers_event e WHERE e.customer_id = c.id AND e.kind = 'customer.birthday' AND e.at >= %(since)s
  )
ORDER BY c.id LIMIT %(page)s
"""
ALL_DAYS = """
SELECT DISTINCT EXTRACT(MONTH FROM birthday) * 100 + EXTRACT(DAY FROM birthday) FROM customers_customer
WHERE birthday IS NOT NULL
"""


class BirthdayLocked(ValueError):
    """The birthday is known already: only staff may change it, and only with a reason."""


class WrongBirthday(ValueError):
    """No day on which a living person was born."""


@transaction.atomic
def set_birthday(
    customer: Customer, birthday: date | None, *, at: datetime, actor: Actor, reason: str = ""
) -> Customer:
    """Enter a birthday. The member can do it once; staff may change it with a reason.

    Raises BirthdayLocked, WrongBirthday.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    before = customer.birthday
    if birthday == before:
        return customer
    if birthday is not None and not OLDEST <= birthday <= at.astimezone(shop_time_zone()).date():
        raise WrongBirthday(birthday.isoformat())
    if before is not None and (actor.kind != "staff" or not reason.strip()):
        raise BirthdayLocked(str(customer.pk))
    customer.birthday, customer.birthday_set_at = birthday, at if birthday else None
    customer.save(update_fields=["birthday", "birthday_set_at"])
    tell([Happened("customer.updated", at, customer_id=customer.pk)], at=at)
    audit.record(
        "customer.edited",
        actor=actor,
        at=at,
        object_kind="customer",
        object_id=customer.pk,
        object_label=str(customer),
        changes={"birthday": [day.isoformat() if day else None for day in (before, birthday)]},
        reason=reason.strip(),
    )
    return customer


def next_due() -> datetime | None:
    """The first moment of the next day that is anybody's birthday, or of the day by which one that is told meanwhile
    could count. None while the programme gives nothing for birthdays.
    """
    at = timezone.now()
    version, zone = in_force(at), shop_time_zone()
    if version is None or not gives_for(version.terms, "birthday"):
        return None
    with connection.cursor() as cursor:
        cursor.execute(ALL_DAYS)
        known = {int(day) for (day,) in cursor.fetchall()}
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    ahead = (tomorrow + timedelta(days=days) for days in range(max(_known_before(version.terms), 1)))
    found = next((day for day in ahead if known & set(_marks(day))), None)
    return datetime.combine(found or tomorrow + timedelta(days=max(_known_before(version.terms), 1)), time(), zone)


def _known_before(rules: Rules) -> int:
    """Days: no birthday that becomes known now can count sooner."""
    waits = [rule.set_before_days for rule in rules.earning if rule.active and rule.kind == "birthday"]
    return min(waits, default=BIRTHDAY_KNOWN_BEFORE)


@handler(ALARM, due=next_due)
def give(at: datetime) -> None:
    """Give for today, and for the days before on which nobody could, page by page."""
    version = in_force(at)
    if version is None or not gives_for(version.terms, "birthday"):
        return
    today = at.astimezone(shop_time_zone()).date()
    days = {mark: day for day in _days_back(today) for mark in _marks(day)}
    after: int | None = 0
    while after is not None:
        after = _page(days, after, at)


def _days_back(today: date) -> Iterator[date]:
    for back in range(LATE, -1, -1):
        yield today - timedelta(days=back)


def _marks(day: date) -> Sequence[int]:
    """The birthdays kept on that day, as month × 100 + day: on 28 February also the 29th, in years without one."""
    mark = day.month * 100 + day.day
    return (mark, FEBRUARY_29) if mark == 228 and (day + timedelta(days=1)).month == 3 else (mark,)


def kept_in(birthday: date, year: int) -> date:
    """The day on which this birthday is kept in that year: the 29th of February on the 28th where there is none."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


@transaction.atomic
def _page(days: dict[int, date], after: int, at: datetime) -> int | None:
    """Give to the next members; the last one's id, None when there are no more."""
    zone = shop_time_zone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/birthdays', 0))")
        cursor.execute(DUE, {"days": list(days), "after": after, "since": at - BETWEEN, "page": PAGE})
        found = cursor.fetchall()
    happenings, had = [], []
    for pk, birthday, known_since in found:
        day = days[birthday.month * 100 + birthday.day]
        moment = min(at, datetime.combine(day, time(23, 59, 59), zone))
        known = (day - known_since.astimezone(zone).date()).days
        happenings.append(Happening(pk, Occasion("birthday", moment, known_days=known), f"{pk}:{day.year}"))
        had.append(Happened(HAD, moment, customer_id=pk, data={"year": day.year}))
    record(had, at=at)
    happen_all(happenings, at=at, actor=SYSTEM)
    return found[-1][0] if len(found) == PAGE else None
