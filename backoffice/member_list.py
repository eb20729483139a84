"""One page of the list of members, in the order that is asked for, with what each row shows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BigIntegerField, DateTimeField, OuterRef, Q, QuerySet, Subquery, TextField
from django.http import QueryDict

from backoffice.paging import Page, page_of
from backoffice.sorted_paging import Sort, sorted_page
from customers.models import Customer, Order
from loyalty.finding import Wanted

SORTS = {
    "points": Sort(
        "balance__available", "balance__customer_id", BigIntegerField(),
        lambda row: row.balance.available, lambda row: row.pk,
    ),
    "spent": Sort(
        "balance__spent", "balance__customer_id", BigIntegerField(),
        lambda row: row.balance.spent, lambda row: row.pk,
    ),
    "orders": Sort(
        "balance__orders", "balance__customer_id", BigIntegerField(),
        lambda row: row.balance.orders, lambda row: row.pk,
    ),
    "seen": Sort(
        "balance__seen_at", "balance__customer_id", DateTimeField(),
        lambda row: row.balance.seen_at, lambda row: row.pk,
    ),
    "last_order": Sort(
        "last_order_at", "last_order_id", DateTimeField(),
        lambda row: row.last_order_at, lambda row: row.last_order_id,
    ),
    "joined": Sort("joined_at", "pk", DateTimeField(), lambda row: row.joined_at, lambda row: row.pk),
    "name": Sort("name", "pk", TextField(), lambda row: row.name, lambda row: row.pk, descending=False),
}  # fmt: skip
# Who is in a list sorted like this; each says what the index that it walks leaves out.
HAVING = {
    "points": Q(balance__isnull=False),
    "spent": Q(balance__spent__gt=0),
    "orders": Q(balance__orders__gt=0),
    "seen": Q(balance__seen_at__isnull=False),
    "joined": Q(joined_at__isnull=False),
    "name": ~Q(name=""),
}


def members_page(wanted: Wanted, query: QueryDict, *, at: datetime) -> Page[Customer]:
    """The page of the list that the address asks for. Each row has its balance and `last_order_at`."""
    if wanted.order == "newest":
        return page_of(_with_last_order(wanted.found(at=at)), query)
    if wanted.order == "last_order":
        return sorted_page(wanted.found_by_last_order(at=at).select_related("balance"), query, SORTS["last_order"])
    found = _with_last_order(wanted.found(at=at)).filter(HAVING[wanted.order])
    return sorted_page(found, query, SORTS[wanted.order])


def _with_last_order(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """With balance and the day of the latest order, for the page's rows only."""
    latest = Order.objects.filter(customer=OuterRef("pk"), placed_at__isnull=False).order_by("-placed_at")
    return customers.select_related("balance").annotate(last_order_at=Subquery(latest.values("placed_at")[:1]))
