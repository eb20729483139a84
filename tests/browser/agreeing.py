"""A storefront of the busy shop whose API can be asked: its history, a comparison, orders in drift, points counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from customers.models import Order
from loyalty import backdating
from staff.actors import Actor
from storefront import pulling
from storefront.credentials import keep_credentials
from storefront.models import Drift, Pull
from storefront.stores import create_store

DIFFERING: list[tuple[str, str, dict[str, list[Any]]]] = [
    ("missed", "#20311", {"state": [None, "paid"], "currency": [None, "KRW"], "total": [None, 38_000]}),
    ("stale", "#20298", {"state": ["paid", "cancelled"], "refunded": [0, 12_500], "refunded_goods": [0, 12_500]}),
    ("extra", "#20177", {}),
]  # fmt: skip


def connect(owner: Actor, at: datetime) -> str:
    """The public id of the storefront."""
    settings = {"shop_domain": "sodam-beans.myshopify.com"}
    store, _ = create_store(kind="shopify", name="소담 원두 몰", actor=owner, at=at, settings=settings, secret="hush")
    keep_credentials(store, {"access_token": "shpat_busy"}, actor=owner, at=at)
    _pull(pulling.start_history(store, since=None, actor=owner, at=at), at, customers=312, orders=1_204, new_orders=87)
    compared = pulling.start_comparison(store, actor=owner, at=at)
    _pull(compared, at, compared=1_204, missed=1, stale=1, extra=1)
    theirs = _theirs(at)
    for kind, number, differences in DIFFERING:
        Drift.objects.create(
            store=store, pull=compared, kind=kind, external_id=number[1:], number=number, differences=differences,
            theirs=theirs if kind != "extra" else {}, found_at=at,
        )  # fmt: skip
    counted = backdating.count(store.public_id, kind="orders", since=at - timedelta(days=365), actor=owner, at=at)
    counted.state, counted.counts = "counted", {"members": 214, "orders": 871, "points": 184_300}
    counted.save()
    return store.public_id


def _pull(pull: Pull, at: datetime, **counts: int) -> None:
    pull.state, pull.finished_at, pull.next_try_at, pull.counts = Pull.State.DONE, at, None, counts
    pull.save()


def _theirs(at: datetime) -> dict[str, Any]:
    money = dict.fromkeys(["discount", "shipping", "tax", "gift_card", "points_paid"], 0)
    return {
        **money, "subtotal": 38_000, "total": 38_000, "number": "#20311", "state": Order.State.PAID.value,
        "test": False, "currency": "KRW", "placed_at": at.isoformat(), "paid_at": at.isoformat(), "cancelled_at": None,
        "lines": [],
        "refunds": {}, "account": None, "customer": None,
    }  # fmt: skip


__all__ = ["connect"]
