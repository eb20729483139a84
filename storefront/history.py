"""A store's history: its accounts, then its orders placed since a day, page by page (a pull, see pulling.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog
from django.db import OperationalError, transaction

from customers.identities import apply_customers
from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, OrderSnapshot
from storefront.models import Pull
from storefront.platforms.interface import Page, Reader
from storefront.products import with_products

log = structlog.get_logger(__name__)

CUSTOMERS, ORDERS = "customers", "orders"
FIRST = CUSTOMERS
LISTED_TROUBLES = 20

Snapshot = TypeVar("Snapshot", CustomerSnapshot, OrderSnapshot)


def read(pull: Pull, reader: Reader, at: datetime) -> Page[Any]:
    """The next page of accounts or orders, with what rules ask of their products. Raises PlatformError."""
    if pull.stage == CUSTOMERS:
        return reader.customers(cursor=pull.cursor)
    page = reader.orders(since=pull.since, until=pull.until, by="placed", cursor=pull.cursor)
    return replace(page, items=with_products(pull.store, reader, page.items, at=at, attempts=pull.attempts))


def take(pull: Pull, page: Page[Any], at: datetime) -> None:
    """Apply the page. An account or order that cannot be is counted and listed; the others of the page go on."""
    if page.total is not None and not pull.cursor:
        pull.expected = (pull.expected or 0) + page.total
    for unreadable in page.unreadable:
        note_trouble(pull, unreadable.external_id, unreadable.reason)
    if pull.stage == CUSTOMERS:
        apply_each(pull, lambda batch: apply_customers(batch, at=at), page.items)
    else:
        rows = apply_each(pull, lambda batch: apply_orders(batch, at=at), page.items)
        add(pull, "new_orders", sum(order.created_at == at for order in rows))
    add(pull, pull.stage, len(page.items))
    _move_on(pull, page.cursor)


def add(pull: Pull, name: str, number: int) -> None:
    """Count so many more."""
    pull.counts[name] = pull.counts.get(name, 0) + number


def note_trouble(pull: Pull, external_id: str, reason: str) -> None:
    """Count what could not be read or applied, and keep the first of them for the page."""
    add(pull, "troubles", 1)
    listed = pull.counts.setdefault("troubled", [])
    if len(listed) < LISTED_TROUBLES:
        listed.append([external_id[:100], reason[:200]])


def apply_each(pull: Pull, apply: Callable[[Sequence[Snapshot]], list[Any]], batch: Sequence[Snapshot]) -> list[Any]:
    """Apply all of them or, halving, all but those that fail. What is wrong with the database itself is raised."""
    if not batch:
        return []
    try:
        with transaction.atomic():
            return apply(batch)
    except OperationalError:
        raise
    except Exception as error:
        if len(batch) == 1:
            log.error("snapshot_failed", pull=pull.pk, external_id=batch[0].external_id, exc_info=error)
            note_trouble(pull, batch[0].external_id, type(error).__name__)
            return []
    middle = len(batch) // 2
    return apply_each(pull, apply, batch[:middle]) + apply_each(pull, apply, batch[middle:])


def _move_on(pull: Pull, cursor: str) -> None:
    pull.cursor = cursor
    if cursor:
        return
    if pull.stage == CUSTOMERS:
        pull.stage = ORDERS
    else:
        pull.state = Pull.State.DONE
