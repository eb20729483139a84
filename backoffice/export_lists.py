"""What each export holds: its columns, how its rows are found and read, and what is masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from backoffice import export_rows as rows
from customers.models import Customer, Order
from loyalty import liability
from loyalty.finding import Wanted
from loyalty.models import Journal, Redemption


@dataclass(frozen=True, slots=True)
class Asked:
    """What an export is to hold: the questions of the list's address, and whether people's data is shown."""

    query: QueryDict
    at: datetime
    zone: ZoneInfo
    unmasked: bool

    def day(self, name: str) -> date | None:
        """A day of the shop's calendar in the address; None when there is none or it makes no sense."""
        try:
            found = parse_date(self.query.get(name, ""))
        except ValueError:
            return None
        return found if found and 1900 < found.year < 9000 else None

    def between(self, field: str) -> Q:
        """What happened from the day `from` to the day `to`, both included."""
        asked = Q()
        if first := self.day("from"):
            asked &= Q(**{f"{field}__gte": datetime.combine(first, time.min, self.zone)})
        if last := self.day("to"):
            asked &= Q(**{f"{field}__lt": datetime.combine(last + timedelta(days=1), time.min, self.zone)})
        return asked

    def number(self, name: str) -> int | None:
        """A number in the address."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


Page = list[tuple[Any, Sequence[Any]]]


@dataclass(frozen=True)
class List:
    """A list that can be exported. `page` answers up to so many rows after the one whose key is given."""

    label: Any
    columns: Sequence[Any]
    count: Callable[[Asked], int]
    page: Callable[[Asked, Any, int], Page]
    has_people: bool = True


def _list(
    label: Any,
    columns: Sequence[Any],
    found: Callable[[Asked], QuerySet[Any]],
    row: Callable[[Any, bool], Sequence[Any]],
) -> List:
    """A list of a table's rows, the oldest first, in pages by primary key."""

    def page(asked: Asked, last: Any, size: int) -> Page:
        later = found(asked).filter(pk__gt=last or 0).order_by("pk")[:size]
        return [(one.pk, row(one, asked.unmasked)) for one in later]

    return List(label, columns, lambda asked: found(asked).count(), page)


def _customers(asked: Asked) -> QuerySet[Customer]:
    wanted = Wanted.read({name: str(value) for name, value in asked.query.items()})
    return wanted.found(at=asked.at.astimezone(asked.zone)).select_related("balance")


def _history(asked: Asked) -> QuerySet[Journal]:
    found = Journal.objects.filter(asked.between("effective_at")).select_related("customer", "order")
    if (customer := asked.number("customer")) is not None:
        found = found.filter(customer=customer)
    if asked.query.get("kind") in Journal.Kind.values:
        found = found.filter(kind=asked.query["kind"])
    return found.prefetch_related("entries")


def _orders(asked: Asked) -> QuerySet[Order]:
    found = Order.objects.filter(asked.between("placed_at")).select_related("customer", "earning")
    text, state = asked.query.get("q", "").replace("\0", "").strip(), asked.query.get("state", "")
    if state in Order.State.values:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(number__istartswith=text) | Q(external_id=text) | Q(guest_email__iexact=text))
    return found.defer("lines", "refunds")


def _redemptions(asked: Asked) -> QuerySet[Redemption]:
    found = Redemption.objects.filter(asked.between("created_at")).select_related("customer", "order")
    state, reward = asked.query.get("state", ""), asked.query.get("reward", "").replace("\0", "")
    if state in Redemption.State.values:
        found = found.filter(state=state)
    return found.filter(reward=reward) if reward else found


def _liability(asked: Asked, last: Any, _size: int) -> Page:
    """Twelve months: one page."""
    if last:
        return []
    report = liability.report(at=asked.at, day=asked.day("day"))
    return [(month.month, rows.movement(month)) for month in report.movements]


LISTS: dict[str, List] = {
    "customers": _list(_("Customers"), rows.CUSTOMER, _customers, rows.customer),
    "history": _list(_("History of points"), rows.JOURNAL, _history, rows.journal),
    "orders": _list(_("Orders"), rows.ORDER, _orders, rows.order),
    "redemptions": _list(_("Rewards taken"), rows.REDEMPTION, _redemptions, rows.redemption),
    "liability": List(
        _("Liability by month"), rows.MOVEMENT, lambda asked: liability.MONTHS, _liability, has_people=False
    ),
}
