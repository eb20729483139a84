"""A guest's order that a customer shows to be theirs: staff hand it over, and can take that back.

The buyer of an order handed over is settled: documents of the store that still name a guest must not take it away again
(see orders._name_buyer). An erasure goes before it.
"""

from __future__ import annotations

from datetime import datetime

from customers.events import record
from customers.matching import changes_of, take_turn
from customers.models import Order
from staff import audit
from staff.actors import Actor

HANDED_OVER = "9998-handed-over"  # as the version of an order's buyer: later than any document's


class NotNobodys(ValueError):
    """The order belongs to another customer, or must not have one any more."""


def hand_over(order_id: int, customer_id: int, *, actor: Actor, at: datetime) -> Order:
    """Make a guest's order this customer's; one that is theirs already stays so. Call inside a transaction.

    Records `order.changed`, so that it earns. Raises NotNobodys, Order.DoesNotExist.
    """
    order = _locked(order_id)
    if order.customer_id == customer_id:
        return order
    if order.customer_id is not None or order.buyer_version > HANDED_OVER:
        raise NotNobodys(order_id)
    order.customer_id = customer_id
    order.buyer_version = HANDED_OVER
    _save(order, "order.handed_over", actor=actor, at=at)
    return order


def release(order_id: int, *, actor: Actor, at: datetime) -> Order:
    """Take back that an order was handed over; one that came to its customer in another way stays. In a transaction."""
    order = _locked(order_id)
    if order.buyer_version == HANDED_OVER:
        order.customer_id = None
        order.buyer_version = order.version  # what the store says from now on counts again
        _save(order, "order.released", actor=actor, at=at)
    return order


def _locked(order_id: int) -> Order:
    take_turn()
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def _save(order: Order, action: str, *, actor: Actor, at: datetime) -> None:
    order.changed_at = at
    order.save(update_fields=["customer", "buyer_version", "changed_at"])
    label = order.number or order.external_id
    audit.record(action, actor=actor, at=at, object_kind="order", object_id=order.pk, object_label=label)
    record(changes_of([order], at=at), at=at)
