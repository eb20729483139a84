"""How long the points of an order wait: from payment, dispatch, delivery or the buyer's confirmation, and some days.

Stores tell of a parcel late or never. So the points wait from payment for `hold_at_most` days at first, and from the
event as soon as the order tells it. Later news moves only what still waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from customers.models import Order
from loyalty.ledger_calls import ALARM
from loyalty.rules import Rules
from tenants import alarms

# What ends the wait: the event itself, or a later one that can only follow it.
EVENTS = {
    "fulfilled": ("fulfilled_at", "delivered_at", "confirmed_at"),
    "delivered": ("delivered_at", "confirmed_at"),
    "confirmed": ("confirmed_at",),
}
BEFORE_EXPIRY = timedelta(seconds=1)


def paid_moment(order: Order) -> datetime:
    """When the order was paid, as far as is known."""
    return order.paid_at or order.placed_at or order.created_at


def available_from(order: Order, rules: Rules, expires_at: datetime | None) -> datetime | None:
    """When points of this order can be used; None: at once. Never after they expire."""
    paid_at = paid_moment(order)
    if rules.hold_from not in EVENTS:
        ready = rules.matures_at(paid_at)
    else:
        latest = paid_at + timedelta(days=rules.hold_at_most)
        told = [moment for name in EVENTS[rules.hold_from] if (moment := getattr(order, name))]
        ready = max(min([latest, *told]), paid_at) + timedelta(days=rules.hold_days)
    return min(ready, expires_at - BEFORE_EXPIRY) if ready and expires_at else ready


@dataclass(slots=True)
class Moves:
    """Orders whose waiting points may be ready at another time than was known."""

    members: set[int] = field(default_factory=set)
    times: dict[int, datetime] = field(default_factory=dict)  # by order

    def __bool__(self) -> bool:
        return bool(self.times)

    def note(self, order: Order, rules: Rules) -> None:
        """An order that has earned before, as it now stands."""
        if rules.hold_from in EVENTS and order.customer_id is not None:
            ready = available_from(order, rules, None)
            assert ready is not None
            self.members.add(order.customer_id)
            self.times[order.pk] = ready

    def carry_out(self) -> None:
        """Move what still waits; one statement. The members' balances are locked."""
        if not self.times:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT loyalty_rewait(%s, %s)", [list(self.times), list(self.times.values())])
            (due,) = cursor.fetchone()
        if due:
            alarms.ring(ALARM, due)
