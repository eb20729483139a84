"""Working through what was received: every delivery takes effect exactly once, whatever crashes.

A batch is claimed, turned into snapshots and applied; the deliveries are marked done in the transaction that holds
their effects. A delivery that fails is found by halving the batch and is put aside for a while; the others go on.
Deliveries about one subject are applied in the order of arrival where they meet in a batch, but need not be: documents
are states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_noop

from config import failpoints
from customers.erasing import apply_erasures
from customers.identities import account_holders, apply_customers
from customers.merging import apply_merges
from customers.models import Order
from customers.orders import apply_orders, apply_refunds
from staff import audit
from staff.actors import Actor
from storefront.claiming import claim
from storefront.connectors import CONNECTORS
from storefront.connectors.interface import Ignored, NotUnderstood, Snapshots
from storefront.documents import NotJSON, Problem, parse
from storefront.forgetting import forget_deliveries, part
from storefront.models import Delivery, Store
from storefront.products import lacking, recalled, tells
from storefront.stores import origin_of
from storefront.wanted import want
from tenants.alarms import handler, ring

log = structlog.get_logger(__name__)

RETRIES = [timedelta(seconds=s) for s in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)]
NOT_UNDERSTOOD = gettext_noop("The document could not be understood.")
ERASED = gettext_noop("What it said was erased, as the person or their store asked.")
WENT_WRONG = gettext_noop("Something went wrong on our side while this was processed.")

FINISH = """
UPDATE storefront_delivery SET state = done.state, done_at = CASE done.state WHEN 'done' THEN %s::timestamptz END,
       next_try_at = NULL, attempts = attempts + 1, reason = '', errors = '[]', order_id = done.order_id,
       customer_id = done.customer_id
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS done(id, order_id, customer_id, state)
WHERE storefront_delivery.id = done.id
"""


@dataclass(frozen=True, slots=True)
class Understood:
    """A delivery and what it says."""

    delivery: Delivery
    snapshots: Snapshots


@handler("inbox", due=Delivery.objects.earliest_due)
def run(at: datetime) -> None:
    """Work through one batch of due deliveries of the current shop."""
    with transaction.atomic():
        claimed = claim(at)
        failpoints.reach("inbox.claimed")
        apply([u for delivery in claimed if (u := understand(delivery, at))], at)
        failpoints.reach("inbox.applied")
    failpoints.reach("inbox.committed")


def understand(delivery: Delivery, at: datetime) -> Understood | None:
    """Read the document. When it says nothing or is beyond us, the delivery is settled here and None returned."""
    if not delivery.body:
        _settle(delivery, Delivery.State.IGNORED, at, ERASED)
        return None
    try:
        document = parse(bytes(delivery.body))
        origin = origin_of(delivery.store, delivery.received_at)
        return Understood(delivery, CONNECTORS[delivery.store.kind].read(delivery.topic, document, origin))
    except Ignored as why:
        _settle(delivery, Delivery.State.IGNORED, at, str(why))
    except NotUnderstood as error:
        _settle(delivery, Delivery.State.DEAD, at, NOT_UNDERSTOOD, error.problems)
    except NotJSON as error:
        _settle(delivery, Delivery.State.DEAD, at, NOT_UNDERSTOOD, [Problem("", str(error))])
    except Exception as error:
        _put_aside(delivery, error, at)
    return None


def apply(batch: Sequence[Understood], at: datetime) -> None:
    """Apply all of them, or, halving, all but those that fail. What is wrong with the database itself is raised."""
    if not batch:
        return
    try:
        with transaction.atomic():
            _apply_together(batch, at)
    except OperationalError:
        raise
    except Exception as error:
        if len(batch) == 1:
            _put_aside(batch[0].delivery, error, at)
            return
        middle = len(batch) // 2
        apply(batch[:middle], at)
        apply(batch[middle:], at)


@transaction.atomic
def replay(delivery: Delivery, *, actor: Actor, at: datetime) -> Delivery:
    """Have the delivery worked on again from the beginning. Harmless: a state that is known already changes nothing."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    before = delivery.state
    delivery.state, delivery.attempts, delivery.next_try_at = Delivery.State.NEW, 0, at
    delivery.reason, delivery.errors, delivery.done_at = "", [], None
    delivery.save()
    audit.record(
        "delivery.replayed",
        actor=actor,
        at=at,
        object_kind="delivery",
        object_id=delivery.pk,
        object_label=delivery.key,
        changes={"state": [before, delivery.state]},
    )
    ring("inbox")
    return delivery


def _apply_together(batch: Sequence[Understood], at: datetime) -> None:
    customers = [s for u in batch for s in u.snapshots.customers]
    orders = [recalled(u.delivery.store, s) for u in batch for s in u.snapshots.orders]
    refunds = [s for u in batch for s in u.snapshots.refunds]
    if customers:
        apply_customers(customers, at=at)
    rows = apply_orders(orders, at=at) if orders else []
    rows += apply_refunds(refunds, at=at) if refunds else []
    _apply_to_people(batch, at)
    for understood in batch:
        _ask_for_orders(understood, at)
        if understood.snapshots.shop_gone:
            part(understood.delivery.store, at=at)
    _ask_for_products(batch, rows, at)
    _finish(batch, {(o.source, o.external_id): o for o in rows}, at)


def _apply_to_people(batch: Sequence[Understood], at: datetime) -> None:
    """Accounts that became one, and people whose data the law wants gone: then also from what was received."""
    if merges := [s for u in batch for s in u.snapshots.merges]:
        apply_merges(merges, at=at)
    for understood in batch:
        for erasure in understood.snapshots.erasures:
            apply_erasures([erasure], at=at)
            if not erasure.only_report:
                forget_deliveries({erasure.source: [erasure.external_id, *erasure.order_ids]})
                Delivery.objects.filter(pk=understood.delivery.pk).update(body=b"")


def _ask_for_orders(understood: Understood, at: datetime) -> None:
    """Have orders read at the store that were only mentioned; one that came with it too, if the store can be asked."""
    store, snapshots = understood.delivery.store, understood.snapshots
    if snapshots.wanted and (store.credentials or not snapshots.orders):
        want(store, snapshots.wanted, at=at)


def _ask_for_products(batch: Sequence[Understood], orders: Sequence[Order], at: datetime) -> None:
    """Have those orders read at their stores whose lines do not tell what rules ask for."""
    stores: dict[str, Store] = {}
    for understood in batch:
        if understood.snapshots.orders and tells(understood.delivery.store):
            stores[understood.delivery.store.public_id] = understood.delivery.store
    for public_id, store in stores.items():
        want(store, lacking(store, [order for order in orders if order.source == public_id], at=at), at=at)


def _finish(batch: Sequence[Understood], orders: dict[tuple[str, str], Order], at: datetime) -> None:
    """Mark all as done, each with the order and the customer it became."""
    holders = account_holders({account for u in batch for account in _accounts_of(u.snapshots)})
    ids, order_ids, customer_ids, states = [], [], [], []
    for understood in batch:
        order = _order_of(understood.snapshots, orders)
        customer = next((holders.get(account) for account in _accounts_of(understood.snapshots)), None)
        ids.append(understood.delivery.pk)
        order_ids.append(order.pk if order else None)
        customer_ids.append(order.customer_id if order else customer)
        states.append(_state_after(understood.snapshots))
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [at, ids, order_ids, customer_ids, states])


def _state_after(snapshots: Snapshots) -> str:
    """Thin news waits until its orders were read; where the rest is told as well, that is an improvement to come."""
    return Delivery.State.READING if snapshots.wanted and not snapshots.orders else Delivery.State.DONE


def _accounts_of(snapshots: Snapshots) -> list[tuple[str, str]]:
    """Whose accounts a document is about, as they are called afterwards."""
    return [
        *((c.source, c.external_id) for c in snapshots.customers),
        *((e.source, e.external_id) for e in snapshots.erasures if e.only_report),
        *((m.source, m.into_id) for m in snapshots.merges),
    ]


def _order_of(snapshots: Snapshots, orders: dict[tuple[str, str], Order]) -> Order | None:
    for order in snapshots.orders:
        return orders.get((order.source, order.external_id))
    for refund in snapshots.refunds:
        return orders.get((refund.source, refund.order_external_id))
    return None


def _put_aside(delivery: Delivery, error: Exception, at: datetime) -> None:
    """Try again later, or give up after the last retry; the error stands in the log page for the merchant."""
    log.error("delivery_failed", delivery=delivery.pk, attempts=delivery.attempts + 1, exc_info=error)
    told = [Problem("", f"{type(error).__name__}: {error}"[:300])]
    if delivery.attempts >= len(RETRIES):
        _settle(delivery, Delivery.State.DEAD, at, WENT_WRONG, told)
        return
    delivery.next_try_at = at + RETRIES[delivery.attempts]
    _note(delivery, Delivery.State.FAILED, WENT_WRONG, told)


def _settle(delivery: Delivery, state: str, at: datetime, reason: str, problems: Sequence[Problem] = ()) -> None:
    """Nothing more is to be done with it."""
    delivery.next_try_at, delivery.done_at = None, at
    _note(delivery, state, reason, problems)


def _note(delivery: Delivery, state: str, reason: str, problems: Sequence[Problem]) -> None:
    delivery.state, delivery.reason, delivery.attempts = state, reason[:500], delivery.attempts + 1
    delivery.errors = [problem._asdict() for problem in problems]
    delivery.save(update_fields=["state", "reason", "attempts", "errors", "next_try_at", "done_at"])
