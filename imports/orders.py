"""Orders of a file: what they would do, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from customers.matching import take_turn
from customers.models import Customer, Identity, Order
from customers.orders import apply_orders
from imports.context import Context
from imports.outcomes import CREATE, SKIP, Result, Touched, plain
from imports.people import DESCRIBED
from imports.problems import Problem, problem
from imports.purchases import Purchase

# An order of any source that has the same number and total and was placed within a day.
ALIKE = """
SELECT place
FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::timestamptz[]) AS sought (place, number, total, placed_at)
WHERE EXISTS (
    SELECT FROM customers_order o WHERE o.number = sought.number AND o.total = sought.total
    AND o.placed_at BETWEEN sought.placed_at - interval '1 day' AND sought.placed_at + interval '1 day'
)
"""


def foresee(purchases: Sequence[Purchase], context: Context) -> list[Result]:
    """What these orders would do as things stand. Writes nothing."""
    present = _present(purchases, context)
    return [_result(purchase, present.get(purchase.row)) for purchase in purchases]


def bring(purchases: Sequence[Purchase], context: Context) -> list[Result]:
    """Do it: store the orders that are not here yet, with their buyers. Call inside a transaction."""
    take_turn()
    present = _present(purchases, context)
    new = [purchase for purchase in purchases if purchase.row not in present]
    accounts_before = _accounts(new, context)
    stored = {order.external_id: order for order in apply_orders([p.order for p in new], at=context.at)}
    born = _born(new, accounts_before, context)
    results = []
    for purchase in purchases:
        result = _result(purchase, present.get(purchase.row))
        if order := stored.get(purchase.order.external_id) if purchase.row not in present else None:
            result.touched = _touched(purchase, order, born)
        results.append(result)
    return results


def _result(purchase: Purchase, found: Problem | None) -> Result:
    return Result(purchase.row, purchase.span, SKIP if found else CREATE, found, purchase.label)


def _present(purchases: Sequence[Purchase], context: Context) -> dict[int, Problem]:
    """Why an order is not taken, by its row: it is here already."""
    ids = [purchase.order.external_id for purchase in purchases]
    rows = Order.objects.filter(source=context.run.source, external_id__in=ids).values_list("external_id", "changed_at")
    known = dict(rows)
    key = "known_order" if context.run.source == "import" else "sent_by_store"
    found = {p.row: problem(key) for p in purchases if p.order.external_id in known}
    rest = [p for p in purchases if p.row not in found and p.order.number]
    return found | {rest[place].row: problem("known_elsewhere") for place in _alike(rest)}


def _alike(purchases: Sequence[Purchase]) -> list[int]:
    orders = [purchase.order for purchase in purchases]
    values: list[Any] = [
        list(range(len(orders))), [o.number for o in orders], [o.total for o in orders], [o.placed_at for o in orders]
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, values)
        return [place for (place,) in cursor.fetchall()]


def _accounts(purchases: Sequence[Purchase], context: Context) -> dict[str, int]:
    """The customers behind the buyers' accounts."""
    ids = {p.order.buyer.external_id for p in purchases if p.order.buyer and p.order.buyer.external_id}
    found = Identity.objects.filter(kind=Identity.Kind.STORE, source=context.run.source, value__in=ids)
    return dict(found.values_list("value", "customer_id"))


def _born(purchases: Sequence[Purchase], before: dict[str, int], context: Context) -> dict[str, tuple[Customer, str]]:
    """The customers who came into being with these orders, each with the version of their account, by its id."""
    new = {account: pk for account, pk in _accounts(purchases, context).items() if account not in before}
    customers = Customer.objects.in_bulk(new.values())
    found = Identity.objects.filter(customer__in=customers)
    versions = dict(found.filter(value__in=new).values_list("value", "version"))
    others = found.exclude(value__in=new)
    tied = set(others.values_list("customer_id", flat=True))  # known before, by an address
    return {account: (customers[pk], versions[account]) for account, pk in new.items() if pk not in tied}


def _touched(purchase: Purchase, order: Order, born: dict[str, tuple[Customer, str]]) -> Touched:
    touched = Touched(purchase.row, order=order.pk, changes={"version": [None, order.version]})
    account = purchase.order.buyer.external_id if purchase.order.buyer else ""
    if account in born:
        customer, version = born.pop(account)
        touched.customer, touched.created = customer.pk, True
        particulars = {name: getattr(customer, name) for name in (*DESCRIBED, "joined_at")}
        touched.changes |= {name: [None, plain(value)] for name, value in particulars.items() if value}
        touched.changes |= {"account": [None, account], "account_version": [None, version]}
    return touched
