"""A shop with a programme, and people who buy there: made by the functions that production uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_tenants.utils import tenant_context

from customers.identities import prove_email
from customers.models import Customer
from customers.orders import apply_orders
from customers.snapshots import CustomerSnapshot, OrderSnapshot
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant

MINA = "mina@example.com"


def open_programme(merchant: Merchant, at: datetime, **changes: Any) -> None:
    """Publish the default rules, with some changed, in force for a long time already."""
    with tenant_context(merchant), transaction.atomic():
        plain = default_rules(merchant.country, merchant.currency).to_json()
        rules = Rules.from_json({**plain, **changes})
        publish(rules, actor=SYSTEM, at=at, in_force_from=at - timedelta(days=400))


def member(merchant: Merchant, at: datetime, email: str = MINA, name: str = "") -> Customer:
    """A customer who has proven this address."""
    with tenant_context(merchant), transaction.atomic():
        customer = prove_email(email, at=at, actor=SYSTEM)
        Customer.objects.filter(pk=customer.pk).update(name=name)
        customer.name = name
        return customer


def buy(
    merchant: Merchant, money: int, *, at: datetime, number: str = "1001", email: str = MINA, **fields: Any
) -> None:
    """A guest's paid order under this address, and all the work that is due after it."""
    buyer = CustomerSnapshot(source="st_1", updated_at=at, email=email, embedded=True)
    plain: dict[str, Any] = {"source": "st_1", "external_id": number, "number": number, "state": "paid", "buyer": buyer}
    plain |= {"currency": merchant.currency, "total": money, "subtotal": money}
    plain |= {"placed_at": at, "paid_at": at, "updated_at": at}
    with tenant_context(merchant), transaction.atomic():
        apply_orders([OrderSnapshot(**plain | fields)], at=at)
    drain(merchant, at)
