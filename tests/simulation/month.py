"""A month in the life of a shop, made up from a seed, and what its members must have in the end."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import time_machine
from django.db.models import F
from django_tenants.utils import tenant_context

from customers.models import Identity
from loyalty.models import Balance, OrderEarning
from staff.actors import SYSTEM
from storefront import pulling
from storefront.models import Drift, Pull
from tenants.alarms import drain
from tests.platforms.connecting import Connection
from tests.platforms.server import Server
from tests.platforms.shop import OPENED, Shop, SimOrder
from tests.platforms.wire import Faults, Message

DAYS = 30
PER_POINT = 100  # won
ARTICLES = (("Beans", 12_300), ("Cup", 5_470), ("Filter", 990))


@dataclass(frozen=True)
class Fault:
    """What goes wrong all month long: on the way to our hook, and at the shop's API (each day)."""

    wire: dict[str, Any] = field(default_factory=dict)
    api: Callable[[Server], None] = lambda server: None


class Month:
    """One shop, its wire and our side, day by day. Time passes only here."""

    def __init__(self, connection: Connection, fault: Fault, seed: int) -> None:
        self.connection, self.fault = connection, fault
        self.shop: Shop = connection.shop
        self.random = random.Random(seed)
        self.wire = Faults(self._carry, seed, **fault.wire)
        self.shop.send = self.wire

    def live(self) -> None:
        """Thirty days of orders, payments, refunds, edits and cancellations."""
        members = [self.shop.register(f"Member {n}", f"m{n}@example.com") for n in range(4)]
        for day in range(DAYS):
            self.shop.now = OPENED + timedelta(days=day, hours=self.random.randint(1, 20))
            for _ in range(self.random.randint(1, 2)):
                self._act(members)
            if self.random.random() < 0.4:
                self.wire.release()
            if day % 5 == 4:  # often enough, and five times as quick
                self.fault.api(self.connection.server)
                self._work()

    def settle(self) -> None:
        """What waits arrives; then both sides are compared, and what differs is repaired."""
        self.wire.release()
        self._wait(timedelta(days=1))
        self._until_done(lambda: pulling.start_comparison(self.connection.store, actor=SYSTEM, at=self.shop.now))
        self._until_done(lambda: pulling.start_repair(self.connection.store, None, actor=SYSTEM, at=self.shop.now))

    def differences(self) -> int:
        """How many orders still differ, by one more comparison."""
        self._wait(timedelta(minutes=10))
        self._until_done(lambda: pulling.start_comparison(self.connection.store, actor=SYSTEM, at=self.shop.now))
        with tenant_context(self.connection.merchant):
            return Drift.objects.filter(repaired_at=None).count()

    def _act(self, members: list[Any]) -> None:
        orders = [order for order in self.shop.orders.values() if order.cancelled_at is None]
        paid = [order for order in orders if order.paid_at and not order.refunds]
        unpaid = [order for order in orders if not order.paid_at]
        chance = self.random.random()
        if chance < 0.1 and unpaid:
            self.shop.pay(self.random.choice(unpaid))
        elif chance < 0.25 and paid:
            self._refund(self.random.choice(paid))
        elif chance < 0.32 and paid:
            self.shop.cancel(self.random.choice(paid))
        elif chance < 0.38 and paid:
            self.shop.edit(self.random.choice(paid), "Sticker", 700)
        else:
            self._order(members)

    def _order(self, members: list[Any]) -> None:
        lines = [(*self.random.choice(ARTICLES), self.random.randint(1, 3)) for _ in range(self.random.randint(1, 2))]
        customer = self.random.choice([*members, None])
        shipping, paid = self.random.choice([0, 3_000]), self.random.random() < 0.8
        self.shop.place_order(*lines, customer=customer, shipping=shipping, paid=paid)

    def _refund(self, order: SimOrder) -> None:
        line = self.random.randrange(len(order.lines))
        self.shop.refund(order, line, self.random.randint(1, order.lines[line].quantity))

    def _carry(self, message: Message) -> int:
        with time_machine.travel(self.shop.now, tick=False):
            return self.connection.deliver(message)

    def _wait(self, time: timedelta) -> None:
        self.shop.now += time
        self._work()

    def _work(self) -> None:
        """All alarms that are due."""
        drain(self.connection.merchant, self.shop.now)

    def _until_done(self, start: Callable[[], Pull | None]) -> None:
        with tenant_context(self.connection.merchant):
            pull = start()
        for _ in range(30):
            self._work()
            with tenant_context(self.connection.merchant):
                if pull is None or Pull.objects.get(pk=pull.pk).state == Pull.State.DONE:
                    return
            self.shop.now += timedelta(hours=3)
        raise AssertionError("it was never done")


def points_due(order: SimOrder) -> int:
    """What an order is worth, from the shop's own final state alone."""
    if order.customer is None or 0 < order.total <= order.refunded:
        return 0
    return order.net_goods // PER_POINT


def expected(shop: Shop) -> tuple[dict[str, int], dict[str, int]]:
    """Points by order and by member's account, computed without any of our code; zeros left out."""
    by_order = {order.id: points for order in shop.orders.values() if (points := points_due(order))}
    by_member: dict[str, int] = defaultdict(int)
    for order in shop.orders.values():
        if order.customer and points_due(order):
            by_member[order.customer.id] += points_due(order)
    return by_order, dict(by_member)


def found(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """The same as our ledger has it."""
    with tenant_context(connection.merchant):
        earnings = OrderEarning.objects.exclude(posted=0).values_list("order__external_id", "posted")
        accounts = dict(Identity.objects.filter(kind="store").values_list("customer_id", "value"))
        balances = Balance.objects.annotate(has=F("available") + F("pending") - F("debt")).exclude(has=0)
        return dict(earnings), {accounts[b.customer_id]: b.has for b in balances}


__all__ = ["Fault", "Month", "expected", "found"]
