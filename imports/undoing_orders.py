"""Taking orders back: deleted when they moved no points, else cancelled, so that the points follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from customers.events import record
from customers.matching import changes_of
from customers.models import Event, Order
from customers.snapshots import PROGRESS, version_of
from imports.context import Context
from imports.outcomes import Touched
from loyalty import patronage
from loyalty.models import Journal, OrderEarning


def take_back(touched: Sequence[Touched], context: Context, leave: Callable[[Touched, str], None]) -> dict[str, int]:
    """Withdraw the orders that stand as they came; tells how many were removed and cancelled."""
    if not touched:
        return {}
    ids = [one.order for one in touched if one.order]
    orders = {
        o.pk: o for o in Order.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    }
    same = []
    for one in touched:
        order = orders.get(one.order or 0)
        if order is None or order.version != one.changes["version"][1] or _refunded_since(order, context):
            leave(one, "touched_order")
        else:
            same.append(order)
    moved = set(Journal.objects.filter(order__in=same).values_list("order_id", flat=True))
    cancelled = [order for order in same if order.pk in moved]
    _cancel(cancelled, context)
    gone = [order for order in same if order.pk not in moved]
    removed = [order.pk for order in gone]
    OrderEarning.objects.filter(order__in=removed).delete()
    Event.objects.filter(kind__startswith="order.", subject_id__in=removed).delete()
    Order.objects.filter(pk__in=removed).delete()
    patronage.count_afresh({order.customer_id for order in gone})
    return {"orders_removed": len(removed), "orders_cancelled": len(cancelled)}


def _refunded_since(order: Order, context: Context) -> bool:
    return bool(order.refunds.keys() - {f"import:{context.run.pk}"})


def _cancel(orders: Sequence[Order], context: Context) -> None:
    """As if the store had said so; what it says itself later counts again."""
    for order in orders:
        order.state = Order.State.CANCELLED
        order.cancelled_at = order.changed_at = context.at
        order.version = version_of(
            order.placed_at or context.at, PROGRESS["cancelled"], {"import undone": context.run.pk}
        )
    if orders:
        Order.objects.bulk_update(orders, ["state", "cancelled_at", "changed_at", "version"])
        record(changes_of(orders, at=context.at), at=context.at)
