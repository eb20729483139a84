"""What rules ask of the products in an order (their collections and tags), where orders name products by id only.

The store's API is asked, for many products at once, and only when a rule wants to know (customers/products.py). What
it says is remembered for some minutes in each process, and kept for good in the lines of the order that asked first:
what a product becomes later does not touch orders that were placed before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db import connection

from config.many import AnyOf
from customers.models import Order
from customers.orders import known_products
from customers.products import asked_for
from customers.snapshots import OrderSnapshot, ProductFacts
from storefront import untold
from storefront.models import Store
from storefront.platforms import PLATFORMS
from storefront.platforms.interface import FOR_A_PERSON, PlatformError, Reader

log = structlog.get_logger(__name__)

REMEMBERED_SECONDS = 300.0
MOST = 20_000  # products of all shops
NOTHING = ProductFacts()
NO_PRODUCT = frozenset({"", "0"})  # a line that is no product of the shop: a tip, something typed in
LASTING = FOR_A_PERSON - {"wrong_credentials"} | {"unexpected"}  # waiting does not help, and the orders are readable
PATIENCE = 3  # attempts after which a page of orders is taken without

_remembered: dict[tuple[str, int, str], tuple[float, ProductFacts]] = {}


def tells(store: Store) -> bool:
    """Whether stores of this kind can be asked for collections and tags of products."""
    return store.kind in PLATFORMS and PLATFORMS[store.kind].products_at_once > 0


def lacking(store: Store, orders: Sequence[Order], *, at: datetime) -> list[str]:
    """Ids of those orders of the store whose lines do not tell what rules ask for, though the store can be asked.

    At most one small query; none for a kind of store that cannot be asked.
    """
    if not tells(store) or not store.credentials or store.disconnected_at or not untold.may_be_asked(store, at):
        return []
    return [order.external_id for order in asked_for([order for order in orders if _untold_in(order.lines)])]


def recalled(store: Store, snapshot: OrderSnapshot) -> OrderSnapshot:
    """The order with what this process remembers of its products: so most need no question. Costs next to nothing."""
    if not _remembered or not tells(store):
        return snapshot
    known = _recall(store, _products_of(snapshot))
    return replace(snapshot, products=known) if known else snapshot


def with_products(
    store: Store, reader: Reader, snapshots: Sequence[OrderSnapshot], *, at: datetime, attempts: int = 0
) -> list[OrderSnapshot]:
    """The orders with what the store says of their products, as far as rules ask for it. Open no transaction.

    Raises PlatformError for what passes: a limit, a store that is down; unless it was down at `attempts` before. What
    lasts is kept for the store's page (untold.py), and the orders are returned without.
    """
    if not tells(store):
        return list(snapshots)
    asked = {snapshot.external_id for snapshot in asked_for(snapshots)}
    wanted = {s.external_id: _products_of(s) for s in snapshots if s.external_id in asked}
    for external_id, known in _known_here(store, list(wanted)).items():
        wanted[external_id] -= known
    ids = {product for products in wanted.values() for product in products}
    told = _recall(store, ids)
    if (missing := sorted(ids - told.keys())) and untold.may_be_asked(store, at):
        told |= _ask(store, reader, missing, at, attempts)
    return [_told(snapshot, wanted.get(snapshot.external_id, ()), told) for snapshot in snapshots]


def _told(snapshot: OrderSnapshot, wanted: Iterable[str], told: Mapping[str, ProductFacts]) -> OrderSnapshot:
    products = {product: told[product] for product in wanted if product in told}
    return replace(snapshot, products=products) if products else snapshot


def _ask(store: Store, reader: Reader, ids: Sequence[str], at: datetime, attempts: int) -> dict[str, ProductFacts]:
    """Ask piece by piece, remembering each: who is told to slow down goes on from there."""
    found: dict[str, ProductFacts] = {}
    size = PLATFORMS[store.kind].products_at_once
    try:
        for start in range(0, len(ids), size):
            asked = ids[start : start + size]
            told = reader.products(asked)
            piece = {product: told.get(product, NOTHING) for product in asked}
            _remember(store, piece)
            found |= piece
    except PlatformError as error:
        passes = error.code == "rate_limited" or (error.code not in LASTING and attempts < PATIENCE)
        if passes:
            raise
        log.warning("products_untold", store=store.pk, code=error.code, detail=error.detail)
        untold.note(store, error.code, error.detail, at=at)
    else:
        untold.forget(store)
    return found


def _products_of(snapshot: OrderSnapshot) -> set[str]:
    """The products of the lines that do not tell themselves."""
    return {line.product_id for line in snapshot.lines if line.collections is None} - NO_PRODUCT


def _untold_in(lines: Iterable[Mapping[str, Any]]) -> bool:
    return any("collections" not in line and line["product_id"] not in NO_PRODUCT for line in lines)


def _known_here(store: Store, external_ids: Sequence[str]) -> dict[str, set[str]]:
    """By order: the products of which it was told before. That stays, so it need not be asked."""
    if not external_ids:
        return {}
    rows = Order.objects.filter(AnyOf("external_id", list(external_ids)), source=store.public_id)
    return {external_id: set(known_products(lines)) for external_id, lines in rows.values_list("external_id", "lines")}


def _recall(store: Store, ids: Iterable[str]) -> dict[str, ProductFacts]:
    now, schema, found = time.monotonic(), connection.schema_name, {}
    for product in ids:
        until, facts = _remembered.get((schema, store.pk, product), (0.0, NOTHING))
        if now < until:
            found[product] = facts
    return found


def _remember(store: Store, told: Mapping[str, ProductFacts]) -> None:
    if len(_remembered) + len(told) > MOST:
        _remembered.clear()
    until = time.monotonic() + REMEMBERED_SECONDS
    _remembered.update({(connection.schema_name, store.pk, product): (until, told[product]) for product in told})


def forget() -> None:
    """Drop what this process remembers."""
    _remembered.clear()
