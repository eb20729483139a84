"""Purchases made at the shop's own counter: paid orders of the source "till", so all else follows as for any order.

Money is in minor units of the programme's currency. Each act carries a key made when its form was opened: the same key
again has no second effect and tells the same. docs/till.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from customers.matching import take_turn
from customers.models import Customer, Identity, Order
from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot
from loyalty.evaluation import evaluate
from loyalty.facts import facts_of
from loyalty.models import OrderEarning
from loyalty.programme import in_force, shop_time_zone
from staff import audit
from staff.actors import Actor

TILL = "till"
# The page offers it for ten seconds; a retry on a slow network may come later.
UNDO_WITHIN = timedelta(minutes=2)
MOST_MINOR = 10**12
NOT_STORED = 0  # no order's id


class CounterError(ValueError):
    """The purchase can't be taken, or not taken back. The message is for people who read the code, not for staff."""


class KeyTaken(CounterError):
    """Another purchase has this key."""


class TooLate(CounterError):
    """The time for undoing is over: a refund at the till's cash register is another matter."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase at the till as it stands, and the points it has earned so far."""

    order: Order
    points: int
    is_new: bool = False  # False: the same key had been carried out before

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.order.state == Order.State.CANCELLED


@transaction.atomic
def purchase(
    customer_id: int, amount_minor: int, *, items: Sequence[LineSnapshot] = (), key: str, at: datetime, actor: Actor,
    till: str = TILL, approved_by: str = "",
) -> Purchase:  # fmt: skip
    """A paid order of this member over `amount_minor`. Points, stamps and tiers follow in the same transaction.

    Raises Customer.DoesNotExist, KeyTaken, and CounterError for an amount that is none.
    """
    if not 0 < amount_minor <= MOST_MINOR:
        raise CounterError("A purchase costs something")
    take_turn()
    if known := _known(till, key):
        if known.customer_id != customer_id or known.total != amount_minor:
            raise KeyTaken(key)
        return _as_it_stands(known)
    customer = Customer.objects.present().get(pk=customer_id)
    account = _account(customer, till, at)
    (order,) = apply_orders([_snapshot(account, amount_minor, items, key=key, at=at)], at=at)
    audit.record(
        "till.purchase", actor=actor, at=at, object_kind="order", object_id=order.pk, object_label=order.number,
        reason=approved_by,
    )  # fmt: skip
    return replace(_as_it_stands(order), is_new=True)


@transaction.atomic
def undo(key: str, *, at: datetime, actor: Actor, till: str = TILL) -> Purchase:
    """Cancel the purchase of this key: what it gave is taken back. Undone twice is undone once.

    Raises Order.DoesNotExist and, UNDO_WITHIN after it was made, TooLate.
    """
    take_turn()
    order = Order.objects.get(source=till, external_id=key)
    if order.state == Order.State.CANCELLED:
        return _as_it_stands(order)
    if at > order.created_at + UNDO_WITHIN:
        raise TooLate(key)
    (order,) = apply_orders([_cancelled(order, at)], at=at)
    audit.record("till.undone", actor=actor, at=at, object_kind="order", object_id=order.pk, object_label=order.number)
    return replace(_as_it_stands(order), is_new=True)


def preview(customer_id: int, amount_minor: int, *, at: datetime) -> int:
    """The points that a purchase of this much would earn now, by the function that will give them; writes nothing."""
    version = in_force(at)
    if version is None or amount_minor <= 0:
        return 0
    order = Order(
        pk=NOT_STORED, source=TILL, state=Order.State.PAID, customer_id=customer_id, currency=version.terms.currency,
        subtotal=amount_minor, total=amount_minor, placed_at=at, paid_at=at, created_at=at, changed_at=at,
    )  # fmt: skip
    earlier = Order.objects.filter(customer_id=customer_id, state=Order.State.PAID, test=False, placed_at__lt=at)
    facts = replace(facts_of([order], at=at, version=version)[NOT_STORED], nth=earlier.count() + 1)
    return evaluate(order, version.terms, facts, shop_time_zone()).points


def _known(till: str, key: str) -> Order | None:
    return Order.objects.filter(source=till, external_id=key).first()


def _as_it_stands(order: Order) -> Purchase:
    posted = OrderEarning.objects.filter(order=order).values_list("posted", flat=True).first()
    return Purchase(order, posted or 0)


def _account(customer: Customer, till: str, at: datetime) -> CustomerSnapshot:
    """The member's account at the till, so that a merge takes their purchases along as those of any store."""
    mine = Identity.objects.filter(kind=Identity.Kind.STORE, source=till, customer=customer).order_by("id").first()
    if mine is None:
        about = {"kind": Identity.Kind.STORE, "source": till, "value": str(customer.pk)}
        mine = Identity.objects.create(customer=customer, proven_at=at, **about)
    return CustomerSnapshot(source=till, updated_at=at, external_id=mine.value, embedded=True)


def _snapshot(
    account: CustomerSnapshot, amount_minor: int, items: Sequence[LineSnapshot], *, key: str, at: datetime
) -> OrderSnapshot:
    return OrderSnapshot(
        source=account.source, external_id=key, number=_number(key, at), state="paid", currency=_currency(at),
        placed_at=at, updated_at=at, paid_at=at, fulfilled_at=at, delivered_at=at, confirmed_at=at,
        total=amount_minor, subtotal=amount_minor, lines=tuple(items), buyer=account,
    )  # fmt: skip


def _cancelled(order: Order, at: datetime) -> OrderSnapshot:
    """The order as it stands, cancelled; it names no buyer, so whose it is does not change."""
    assert order.placed_at is not None
    return OrderSnapshot(
        source=order.source, external_id=order.external_id, number=order.number, state="cancelled",
        currency=order.currency, placed_at=order.placed_at, updated_at=max(at, order.placed_at), paid_at=order.paid_at,
        cancelled_at=at, fulfilled_at=order.fulfilled_at, delivered_at=order.delivered_at,
        confirmed_at=order.confirmed_at, total=order.total, subtotal=order.subtotal, codes=order.codes,
        lines=tuple(LineSnapshot(**{**line, **_tuples(line)}) for line in order.lines),
    )  # fmt: skip


def _tuples(line: dict[str, object]) -> dict[str, object]:
    return {name: tuple(line.get(name, ())) for name in ("collections", "tags")}  # type: ignore[arg-type]


def _number(key: str, at: datetime) -> str:
    """What staff and shoppers call it: the day, and four letters of the key."""
    return f"T{at.astimezone(shop_time_zone()):%y%m%d}-{key[:4].upper()}"


def _currency(at: datetime) -> str:
    """The programme's currency; before the first programme the shop's."""
    version = in_force(at)
    return version.terms.currency if version else str(connection.tenant.currency)
