"""Orders that carry our codes: what becomes of the redemption follows the order as it now stands.

A paid order uses it, once. All of it refunded or cancelled: by the reward's rule the points come back or stay used.
Refund before order, shuffled and repeated deliveries end alike. A code that was cancelled, or whose time was over, and
that an order carries all the same (the store had not withdrawn it yet) is used after all: its points are taken again,
and what is missing of them is owed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from config.many import AnyOf
from customers.events import Happened, subscribe
from customers.models import Event, Order
from loyalty import using
from loyalty.codes import read_code
from loyalty.models import Redemption
from staff.actors import SYSTEM

State = Redemption.State


@subscribe("order.changed", name="loyalty.redemption")
def follow(happened: Sequence[Happened], at: datetime) -> None:
    """Bring the redemptions on these orders to where the orders want them. The orders' rows are locked."""
    orders = _orders(happened)
    carried = {order.pk: _codes(order) for order in orders}
    concerned = _concerned(orders, {code for codes in carried.values() for code in codes})
    for order in orders if concerned else ():
        for redemption in concerned:
            minor = carried[order.pk].get(redemption.code, order.codes.get(redemption.external_id))
            if _carries(order, carried[order.pk], redemption):
                bring_up(redemption.pk, order, minor, at=at)


def _concerned(orders: Sequence[Order], codes: set[str]) -> list[Redemption]:
    """Redemptions that these orders carry or used, by ascending id. One query."""
    ids = [order.pk for order in orders]
    found = Redemption.objects.filter(AnyOf("order_id", ids))
    if any(order.codes for order in orders):
        found = Redemption.objects.filter(Q(order_id__in=ids) | Q(code__in=codes) | _issued(orders))
    return list(found.only("pk", "code", "external_id", "store", "order_id").order_by("id"))


def _carries(order: Order, codes: Mapping[str, int | None], redemption: Redemption) -> bool:
    if redemption.order_id == order.pk or redemption.code in codes:
        return True
    issued = redemption.external_id and redemption.store == order.source
    return bool(issued) and redemption.external_id in order.codes


def bring_up(redemption_id: int, order: Order, minor: int | None, *, at: datetime) -> None:
    """Make the redemption what the order that carries it wants it to be; `minor` is what it took off, where told."""
    redemption = using.locked(redemption_id)
    if redemption.state == State.USED and redemption.order_id != order.pk:
        return  # used elsewhere before
    if not _was_bought(order):
        return
    over, returns = is_over(order), redemption.terms.get("on_refund", "return") == "return"
    if over and redemption.state in (State.CANCELLED, State.LAPSED, State.RETURNED):
        return  # the points are with the member already
    if redemption.state == State.RETURNED and redemption.order_id == order.pk and _by_a_person(redemption):
        return  # the shop gave the points back although the order stands: it stays so, whatever else becomes of it
    if redemption.state != State.USED:
        _use(redemption, order, minor, at)
    if over and returns:
        using.do_give_back(redemption, reason=using.RETURNED, actor=SYSTEM, at=at)


def _by_a_person(redemption: Redemption) -> bool:
    """Whether its points were given back by using.give_back, the last time; what follows an order has no key."""
    past = Event.objects.filter(customer=redemption.customer_id, kind="reward.returned", subject_id=redemption.pk)
    last = past.order_by("-id").first()
    return last is not None and "key" in last.data


def is_over(order: Order) -> bool:
    """Whether nothing is left of the order: cancelled, or all of its money given back."""
    return order.state == Order.State.CANCELLED or 0 < order.total <= order.refunded


def _was_bought(order: Order) -> bool:
    if order.test:
        return False
    return order.state == Order.State.PAID or (order.state == Order.State.CANCELLED and order.paid_at is not None)


def _use(redemption: Redemption, order: Order, minor: int | None, at: datetime) -> None:
    if redemption.state != State.READY and redemption.hold_id is not None:
        using.hold_again(redemption, reason=using.USED_AFTER_ALL, actor=SYSTEM, at=at)
    using.do_use(redemption, actor=SYSTEM, at=at, order_id=order.pk, used_minor=minor, used_by=order.number)


def _orders(happened: Sequence[Happened]) -> list[Order]:
    told = {h.subject_id: h.subject for h in happened if h.subject is not None}
    ids = {h.subject_id for h in happened if h.subject_id is not None} - told.keys()
    read = Order.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids) if ids else ()
    return sorted([*told.values(), *read], key=lambda order: order.pk)


def _codes(order: Order) -> Mapping[str, int | None]:
    """The codes on the order that may be ours, as we write them, with what each took off."""
    read = {read_code(str(text)): minor for text, minor in order.codes.items()}
    return {code: minor for code, minor in read.items() if code}


def _issued(orders: Sequence[Order]) -> Q:
    """Codes that a store calls by its own number (Cafe24): those that it issued to the buyer."""
    issued = Q(pk__in=[])
    for order in orders:
        if order.codes and order.customer_id:
            issued |= Q(customer=order.customer_id, store=order.source, external_id__in=list(order.codes))
    return issued
