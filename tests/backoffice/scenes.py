"""Scenes for the backoffice's tests, made by the functions that production uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_tenants.utils import tenant_context

from customers.models import Customer, Order
from customers.orders import apply_orders
from customers.profiles import add_customer
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundSnapshot
from loyalty import ledger, programme
from loyalty.models import Journal, ProgrammeVersion
from staff.actors import SYSTEM
from storefront.models import Delivery, Store
from tenants.models import Merchant

DAY = timedelta(days=1)


def a_programme(merchant: Merchant, at: datetime) -> ProgrammeVersion:
    """The default rules, in force for a hundred days."""
    with tenant_context(merchant):
        rules = programme.default_rules(merchant.country, merchant.currency)
        return programme.publish(rules, actor=SYSTEM, at=at, in_force_from=at - 100 * DAY)


def a_member(merchant: Merchant, at: datetime, **details: Any) -> Customer:
    """A customer added by hand."""
    known = {"name": "김민지", "email": "minji@example.com", "phone": "+821012345678", "birthday": None, "language": ""}
    with tenant_context(merchant), transaction.atomic():
        return add_customer(country=merchant.country, actor=SYSTEM, at=at, **{**known, **details})


def an_order(
    merchant: Merchant, placed_at: datetime, *, number: str = "1001", total: int = 12000, **fields: Any
) -> Order:
    """A paid order as a storefront reports it, by a buyer with an account there."""
    buyer = CustomerSnapshot(
        source="st_test",
        updated_at=placed_at,
        external_id="c-1",
        name="김민지",
        email="minji@example.com",
        embedded=True,
    )
    line = LineSnapshot("l-1", "아메리카노", 2, total // 2, total)
    snapshot = {
        "source": "st_test", "external_id": f"o-{number}", "number": number, "state": "paid",
        "currency": merchant.currency, "placed_at": placed_at, "updated_at": placed_at, "paid_at": placed_at,
        "total": total, "subtotal": total, "lines": (line,), "buyer": buyer,
    }  # fmt: skip
    with tenant_context(merchant), transaction.atomic():
        return apply_orders([OrderSnapshot(**{**snapshot, **fields})], at=placed_at)[0]


def a_refund(number: str, at: datetime, *, total: int, currency: str = "KRW") -> RefundSnapshot:
    """A refund of goods of one order."""
    return RefundSnapshot("st_test", f"o-{number}", "r-1", currency, at, at, total, total, reason="식었어요")


def some_points(merchant: Merchant, customer: Customer, points: int, at: datetime, *, key: str = "gift") -> Journal:
    """Points given by hand."""
    with tenant_context(merchant):
        return ledger.adjust(customer.pk, points, reason="환영 선물", actor=SYSTEM, key=key, at=at)


def a_store(merchant: Merchant, at: datetime, **fields: Any) -> Store:
    """A connected storefront, without a secret."""
    values = {"public_id": "st_test", "kind": "generic", "name": "온라인 매장", "created_at": at}
    with tenant_context(merchant):
        return Store.objects.create(**{**values, **fields})


def a_delivery(merchant: Merchant, store: Store, at: datetime, **fields: Any) -> Delivery:
    """A delivery as the hook keeps it."""
    values = {
        "store": store, "key": "msg_1", "topic": "order.updated", "subject": "o-1001",
        "headers": {"user-agent": "till"},
        "body": b'{"type":"order.updated","data":{}}', "body_sha256": b"0" * 32, "received_at": at,
        "state": Delivery.State.DONE,
    }  # fmt: skip
    with tenant_context(merchant):
        return Delivery.objects.create(**{**values, **fields})
