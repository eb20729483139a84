"""Finding members by what they have, did and agreed to. What is asked can be written into an address and read again.

Fast in a shop of a million: each question has its index, and each order of the list walks one (docs/members.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Self, TypeAlias

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable, NegatedExpression

from customers.models import Consent, Customer, Order
from customers.tagging import LONGEST
from loyalty.models import Redemption

SHOWN = {
    "members": Q(joined_at__isnull=False),
    "guests": Q(joined_at__isnull=True),
    "points": Q(balance__available__gt=0),
    "debt": Q(balance__debt__gt=0),
}
SORTS = ("newest", "points", "spent", "orders", "last_order", "seen", "joined", "name")
CHANNELS = ("email", "sms", "kakao", "push")
Condition: TypeAlias = "Q | Exists | NegatedExpression[Combinable]"  # in quotes: Django's own classes take no [ ]
NO_TIER = "-"
NEVER = "never"
DAYS = re.compile(r"(\d{1,4})-(\d{0,4})")  # `60-90`: between 60 and 90 days ago; `60-`: 60 days ago or earlier
BIRTHDAYS = re.compile(r"week|month|[1-9]|1[0-2]")
POINTS = re.compile(r"\d{1,12}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers are meant, and in which order. Every field is a short text as it stands in an address."""

    q: str = ""  # see CustomerQuerySet.search
    show: str = ""  # a key of SHOWN
    tier: str = ""  # key of a tier, or NO_TIER
    points_from: str = ""  # available
    points_to: str = ""
    ordered: str = ""  # when they ordered last, as DAYS; or NEVER
    joined: str = ""  # when they joined, as DAYS
    birthday: str = ""  # in the week or month that comes, or number of a month
    tag: str = ""
    codes: str = ""  # "1": with a code that is ready to use
    consent: str = ""  # channel on which they agreed to advertising
    sort: str = ""  # one of SORTS; empty: newest first, or by the last order where that is asked for

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Self:
        """What an address asks for. What makes no sense is left out, so that a mistyped address is no error."""
        texts = {field.name: str(said.get(field.name, "")).replace("\0", "").strip()[:200] for field in fields(cls)}
        return cls(**{name: text if SENSIBLE.get(name, bool)(text) else "" for name, text in texts.items()})

    @property
    def query(self) -> dict[str, str]:
        """What is asked, for an address: nothing that is not."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def filters(self) -> dict[str, str]:
        """The same without the order."""
        return {name: value for name, value in self.query.items() if name != "sort"}

    @property
    def order(self) -> str:
        """One of SORTS."""
        return self.sort or ("last_order" if self.ordered not in ("", NEVER) else "newest")

    def found(self, *, at: datetime) -> QuerySet[Customer]:
        """Those present whom it means, in no order. `at` in the shop's time zone: its days count."""
        found = self._narrowed(at)
        for condition in _ordered(self.ordered, at):
            found = found.filter(condition)
        return found

    def found_by_last_order(self, *, at: datetime) -> QuerySet[Customer]:
        """The same without those who never ordered, each with `last_order_at` and `last_order_id`."""
        return by_last_order(self._narrowed(at), "" if self.ordered == NEVER else self.ordered, at)

    def _narrowed(self, at: datetime) -> QuerySet[Customer]:
        found = Customer.objects.search(self.q)
        for condition in _conditions(self, at):
            found = found.filter(condition)
        return found


SENSIBLE: dict[str, Callable[[str], object]] = {
    "show": SHOWN.__contains__,
    "points_from": POINTS.fullmatch,
    "points_to": POINTS.fullmatch,
    "ordered": lambda text: text == NEVER or DAYS.fullmatch(text),
    "joined": DAYS.fullmatch,
    "birthday": BIRTHDAYS.fullmatch,
    "codes": "1".__eq__,
    "consent": CHANNELS.__contains__,
    "sort": SORTS.__contains__,
    "tier": lambda text: len(text) <= LONGEST,
    "tag": lambda text: len(text) <= LONGEST,
}


def _conditions(wanted: Wanted, at: datetime) -> list[Condition]:
    asked: list[Condition] = []
    if wanted.show:
        asked.append(SHOWN[wanted.show])
    if wanted.tier:
        asked.append(~Q(balance__tier__gt="") if wanted.tier == NO_TIER else Q(balance__tier=wanted.tier))
    if wanted.points_from:
        asked.append(Q(balance__available__gte=int(wanted.points_from)))
    if wanted.points_to:
        asked.append(Q(balance__available__lte=int(wanted.points_to)) | Q(balance=None))
    if wanted.joined:
        asked.append(within("joined_at", wanted.joined, at))
    if wanted.tag:
        asked.append(Q(tags__contains=[wanted.tag]))
    return asked + _told_by_others(wanted, at)


def _told_by_others(wanted: Wanted, at: datetime) -> list[Condition]:
    """What stands in other tables, or needs today's date."""
    asked: list[Condition] = []
    if wanted.birthday:
        asked.append(birthday_in(wanted.birthday, at.date()))
    if wanted.codes:
        ready = Redemption.objects.filter(state=Redemption.State.READY, valid_until__gt=at)
        asked.append(Q(pk__in=ready.values("customer_id")))
    if wanted.consent:
        asked.append(_agreed(wanted.consent))
    return asked


def within(field: str, days: str, at: datetime) -> Q:
    """Between so many days ago; a text as DAYS."""
    least, most = _days(days)
    asked = Q(**{f"{field}__lte": at - timedelta(days=least)})
    return asked & Q(**{f"{field}__gt": at - timedelta(days=most)}) if most is not None else asked


def _days(text: str) -> tuple[int, int | None]:
    match = DAYS.fullmatch(text)
    assert match
    return int(match[1]), int(match[2]) if match[2] else None


def _ordered(days: str, at: datetime) -> list[Condition]:
    """When the last order was placed. As two questions that an index answers: one then, and none since."""
    theirs = Order.objects.filter(customer=OuterRef("pk"), placed_at__isnull=False)
    if not days:
        return []
    if days == NEVER:
        return [~Exists(theirs)]
    least, _most = _days(days)
    asked: list[Condition] = [Exists(theirs.filter(within("placed_at", days, at)))]
    if least:
        asked.append(~Exists(theirs.filter(placed_at__gt=at - timedelta(days=least))))
    return asked


def birthday_in(text: str, today: date) -> Q:
    """In the seven days from today, in the month that runs, or in the month of that number."""
    if text != "week":
        return Q(birthday__isnull=False, birthday__month=today.month if text == "month" else int(text))
    days = {(day.month, day.day) for day in (today + timedelta(days=n) for n in range(7))}
    if (2, 28) in days and (2, 29) not in days and (3, 1) in days:
        days.add((2, 29))  # who was born on a leap day has it in every year
    asked = Q()
    for month, day in sorted(days):
        asked |= Q(birthday__month=month, birthday__day=day)
    return asked & Q(birthday__isnull=False)


def _agreed(channel: str) -> Exists:
    """The decision that counts is the latest by its own time: customers.consents.current."""
    decisions = Consent.objects.filter(channel=channel, purpose="advertising")
    later = decisions.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")), customer=OuterRef("customer")
    )
    return Exists(decisions.filter(~Exists(later), customer=OuterRef("pk"), granted=True))


def by_last_order(found: QuerySet[Customer], days: str, at: datetime) -> QuerySet[Customer]:
    """Customers joined to their orders that have no later one, placed so many days ago if `days` says so.

    So the list can be walked along the index of orders by time; grouping would read all orders first.
    """
    found = found.filter(orders__placed_at__isnull=False).annotate(
        last_order_at=F("orders__placed_at"), last_order_id=F("orders__pk")
    )
    later = Order.objects.filter(
        Q(placed_at__gt=OuterRef("last_order_at")) | Q(pk__gt=OuterRef("last_order_id")),
        customer=OuterRef("pk"),
        placed_at__gte=OuterRef("last_order_at"),
    )
    found = found.filter(~Exists(later))
    return found.filter(within("last_order_at", days, at)) if days else found
