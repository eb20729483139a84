"""The whole way of each platform: signed news over a bad wire to the hook, thin ones read at the API, the same end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from customers.models import Order
from storefront.models import Delivery, Reread
from storefront.stores import hook_url
from tenants import alarms
from tenants.models import Merchant
from tests.platforms.connecting import SHOPS, Connection, connected
from tests.platforms.shop import OPENED, Shop, SimOrder
from tests.platforms.wire import Faults

pytestmark = pytest.mark.django_db


@pytest.fixture(params=list(SHOPS))
def connection(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, SHOPS[request.param](), at=OPENED) as connection:
        with tenant_context(cafe):
            connection.shop.hook_url = hook_url(connection.store)  # Square signs over it
        yield connection


def live(shop: Shop, seed: int, orders: int = 6) -> None:
    """Some days in a shop: orders, some paid later, given back in part, cancelled or added to."""
    chance = random.Random(seed)
    people = [shop.register(f"손님 {n}", f"p{n}@example.com", f"010-2000-00{n:02}") for n in range(3)]
    for _ in range(orders):
        shop.now += timedelta(hours=chance.randint(1, 30))
        buyer = chance.choice([*people, None])
        paid = chance.random() < 0.8
        order = shop.place_order(("Beans", 12_000, 3), ("Cup", 4_500, 1), customer=buyer, shipping=2_500, paid=paid)
        if not paid and chance.random() < 0.7:
            shop.pay(order)
        if order.paid_at and chance.random() < 0.4:
            shop.refund(order, 0, chance.randint(1, 2))
        elif chance.random() < 0.3:
            shop.cancel(order)


def goods(order: Order) -> int:
    """What points are for, as our side sees it."""
    if order.state != Order.State.PAID:
        return 0
    back = sum(refund["subtotal"] for refund in order.refunds.values() if not refund.get("cancelled"))
    return int(order.subtotal) - back


def known(order: SimOrder, kind: str) -> bool:
    """Whether news of it ever went out: of a till that was not paid, none does."""
    return kind != "square" or order.paid_at is not None


@pytest.mark.parametrize("seed", [1, 2])
def test_late_doubled_and_shuffled_news_end_in_the_shops_own_state(connection: Connection, seed: int) -> None:
    shop = connection.shop
    shop.send = faults = Faults(connection.deliver, seed, late=0.5, doubled=0.3, shuffled=seed == 2)
    live(shop, seed)
    faults.release()
    shop.now += timedelta(seconds=30)
    alarms.drain(connection.merchant, shop.now)
    with tenant_context(connection.merchant):
        ours = {order.external_id: goods(order) for order in Order.objects.filter(source=connection.store.public_id)}
        assert not Reread.objects.exists()
        assert set(Delivery.objects.values_list("state", flat=True)) <= {"done", "ignored"}
    assert ours == {order.id: order.net_goods for order in shop.orders.values() if known(order, shop.KIND)}
