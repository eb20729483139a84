"""The till as its tests use it: a programme with a stamp card and rewards, staff with PINs, a member."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty import ledger, programme
from loyalty.rules import Reward, Rules
from loyalty.stamp_rules import StampCard
from staff import pins
from staff.actors import SYSTEM
from staff.models import Role, User
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_member
from tests.conftest import staff_of

PINS = {Role.OWNER: "4071", Role.MANAGER: "8352", Role.CASHIER: "2964"}
COFFEE = Reward(key="coffee", name={"en": "A coffee", "ko": "커피 한 잔"}, points=500, value_minor=4000, kind="manual")
CARD = StampCard(key="cups", name={"en": "Ten cups", "ko": "열 잔"}, stamps=10, reward="coffee")
PHONE = "+821012345678"


def a_till_programme(merchant: Merchant) -> None:
    """One per cent back, at once; a coffee for 500; a card of ten."""
    at = timezone.now()
    with tenant_context(merchant):
        rules = Rules(currency=merchant.currency, earn_points=1, earn_per=100, rewards=(COFFEE,), stamps=(CARD,))
        programme.publish(rules, actor=SYSTEM, at=at, in_force_from=at - DAY)


def a_regular(merchant: Merchant, points: int = 1000, **details: Any) -> Customer:
    """A member with points."""
    at = timezone.now()
    customer = a_member(merchant, at, **{"name": "김민서", "phone": PHONE, **details})
    if points:
        with tenant_context(merchant):
            ledger.adjust(customer.pk, points, reason="", key=f"gift:{customer.pk}", actor=SYSTEM, at=at)
    return customer


def with_pin(merchant: Merchant, role: Role) -> User:
    """The colleague of this role, with a PIN."""
    user = staff_of(merchant, role)
    with tenant_context(merchant):
        pins.set_pin(user, PINS[role], actor=SYSTEM, at=timezone.now())
    return user


def limit(merchant: Merchant, **settings: Any) -> None:
    """How the till works, without the page that says so."""
    Merchant.objects.filter(pk=merchant.pk).update(till={**merchant.till, **settings})


def new_key() -> str:
    return uuid.uuid4().hex


def buy(client: Client, customer: Customer, amount: str = "12000", *, key: str = "", **more: Any) -> Any:
    """Type an amount and give the points."""
    data = {"amount": amount, "key": key or new_key(), **more}
    return client.post(f"/backoffice/till/members/{customer.pk}/purchase/", data)


def find(client: Client, text: str) -> Any:
    return client.post("/backoffice/till/find/", {"q": text})


def take_over(client: Client, user: User, pin: str | None = None) -> Any:
    """Say by PIN who stands at the till."""
    return client.post("/backoffice/till/switch/", {"person": user.pk, "pin": pin or PINS[Role(user.role)]})


def headline(response: Any) -> str:
    """What the page says first."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split()) if found else ""
