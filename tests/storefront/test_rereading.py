"""Orders read again at their store: nothing that was wanted is forgotten, and no store holds up another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django_tenants.utils import tenant_context

from config import egress
from customers.models import Order
from customers.orders import apply_orders
from staff.actors import SYSTEM
from storefront import rereading
from storefront.credentials import keep_credentials
from storefront.models import Delivery, Reread
from storefront.platforms import http
from storefront.wanted import revive, want
from tenants import alarms
from tenants.models import Merchant
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop
from tests.platforms.woocommerce import WooCommerceShop

NOON = OPENED + timedelta(hours=3)


@pytest.fixture
def cafe24(cafe: Merchant) -> Iterator[Connection]:
    """A Cafe24 mall: all its news are thin. They go nowhere here."""
    with connected(cafe, Cafe24Shop(now=NOON), at=NOON) as connection:
        connection.shop.send = lambda message: 200
        yield connection


def wanted(connection: Connection, *external_ids: str, at: datetime = NOON) -> Delivery:
    """News of these orders that says nothing but their numbers, as the inbox leaves it."""
    resource = {"mall_id": "regulars", "event_shop_no": 1, "order_id": ",".join(external_ids)}
    body = json.dumps({"event_no": 90072, "resource": resource}).encode()
    with tenant_context(connection.merchant), transaction.atomic():
        want(connection.store, external_ids, at=at)
        return Delivery.objects.create(
            store=connection.store, key=f"k{Delivery.objects.count()}", topic="90072", subject=external_ids[0],
            body=body, body_sha256=b"", received_at=at, state=Delivery.State.READING,
        )  # fmt: skip


def run(merchant: Merchant, at: datetime) -> None:
    """One batch at that time."""
    with tenant_context(merchant):
        rereading.run(at)


def work(merchant: Merchant, at: datetime) -> None:
    """All that is due at that time."""
    alarms.drain(merchant, at)


def state(connection: Connection, delivery: Delivery) -> tuple[str, str]:
    with tenant_context(connection.merchant):
        delivery.refresh_from_db()
    return str(delivery.state), delivery.reason


def orders(merchant: Merchant) -> dict[str, Order]:
    with tenant_context(merchant):
        return {order.external_id: order for order in Order.objects.all()}


def rows(merchant: Merchant) -> dict[str, Reread]:
    with tenant_context(merchant):
        return {row.external_id: row for row in Reread.objects.all()}


@pytest.mark.django_db
def test_an_order_that_was_only_mentioned_is_read_and_its_delivery_done(cafe24: Connection) -> None:
    order = cafe24.shop.place_order(("Beans", 12_000, 1))
    delivery = wanted(cafe24, order.id)
    work(cafe24.merchant, NOON)
    found = orders(cafe24.merchant)[order.id]
    assert (found.state, found.total) == ("paid", 12_000)
    assert state(cafe24, delivery) == ("done", "")
    assert (delivery.order_id, rows(cafe24.merchant)) == (found.pk, {})


@pytest.mark.django_db
def test_news_of_several_orders_is_done_when_all_are_read(cafe24: Connection) -> None:
    first, second = cafe24.shop.place_order(), cafe24.shop.place_order()
    delivery = wanted(cafe24, first.id, second.id)
    cafe24.server.fail(path=second.id)
    run(cafe24.merchant, NOON)
    assert state(cafe24, delivery)[0] == "reading"
    work(cafe24.merchant, NOON + timedelta(minutes=1))
    assert state(cafe24, delivery)[0] == "done"
    assert set(orders(cafe24.merchant)) == {first.id, second.id}


@pytest.mark.django_db
def test_an_order_wanted_many_times_is_read_once(cafe24: Connection) -> None:
    order = cafe24.shop.place_order()
    deliveries = [wanted(cafe24, order.id) for _ in range(5)]
    work(cafe24.merchant, NOON)
    assert sum(order.id in request.path for request in cafe24.server.asked) == 1
    assert {state(cafe24, delivery)[0] for delivery in deliveries} == {"done"}


@pytest.mark.django_db
def test_news_that_comes_while_the_order_is_read_is_not_lost(
    cafe24: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = cafe24.shop.place_order(paid=False)
    wanted(cafe24, order.id)
    later: list[Delivery] = []
    send = egress.send

    def interrupted(*args: Any, **named: Any) -> egress.Reply:
        reply = send(*args, **named)
        if not later and order.id in args[1]:
            cafe24.shop.pay(order)
            later.append(wanted(cafe24, order.id))
        return reply

    monkeypatch.setattr(egress, "send", interrupted)
    run(cafe24.merchant, NOON)
    assert orders(cafe24.merchant)[order.id].state == "pending"
    assert state(cafe24, later[0])[0] == "reading"
    work(cafe24.merchant, NOON + timedelta(seconds=1))
    assert orders(cafe24.merchant)[order.id].state == "paid"
    assert state(cafe24, later[0])[0] == "done"


@pytest.mark.django_db
def test_an_order_the_store_does_not_have_is_no_reason_to_ask_again(cafe24: Connection) -> None:
    delivery = wanted(cafe24, "20261101-0009999")
    work(cafe24.merchant, NOON)
    assert state(cafe24, delivery) == ("ignored", rereading.UNKNOWN_THERE)
    assert rows(cafe24.merchant) == {}


@pytest.mark.django_db
def test_a_limit_is_respected_and_does_not_count_as_an_attempt(cafe24: Connection) -> None:
    order = cafe24.shop.place_order()
    wanted(cafe24, order.id)
    cafe24.server.limit(retry_after="30")
    work(cafe24.merchant, NOON)
    row = rows(cafe24.merchant)[order.id]
    assert (row.next_try_at, row.attempts) == (NOON + timedelta(seconds=30), 0)
    work(cafe24.merchant, NOON + timedelta(seconds=30))
    assert order.id in orders(cafe24.merchant)


@pytest.mark.django_db
def test_a_store_in_trouble_is_asked_once_and_then_left_alone(cafe24: Connection) -> None:
    for _ in range(4):
        wanted(cafe24, cafe24.shop.place_order().id)
    cafe24.server.fail(times=99)
    work(cafe24.merchant, NOON)
    assert len(cafe24.server.asked) == 1
    assert {row.next_try_at for row in rows(cafe24.merchant).values()} == {NOON + rereading.RETRIES[0]}


@pytest.mark.django_db
def test_news_of_a_store_in_trouble_does_not_make_us_ask_sooner(cafe24: Connection) -> None:
    order = cafe24.shop.place_order()
    wanted(cafe24, order.id)
    cafe24.server.fail(times=99)
    work(cafe24.merchant, NOON)
    wanted(cafe24, order.id, at=NOON + timedelta(seconds=1))
    work(cafe24.merchant, NOON + timedelta(seconds=1))
    assert len(cafe24.server.asked) == 1


@pytest.mark.django_db
def test_after_the_last_retry_the_delivery_is_given_up_with_the_reason(cafe24: Connection) -> None:
    delivery = wanted(cafe24, cafe24.shop.place_order().id)
    cafe24.server.fail(times=99)
    at = NOON
    for pause in [*rereading.RETRIES, timedelta(0)]:
        cafe24.shop.now = at
        work(cafe24.merchant, at)
        at += pause
    assert state(cafe24, delivery) == ("dead", "The shop cannot answer at the moment.")


@pytest.mark.django_db
def test_without_a_key_the_delivery_is_given_up_and_a_key_revives_it(cafe24: Connection) -> None:
    order = cafe24.shop.place_order()
    delivery = wanted(cafe24, order.id)
    with tenant_context(cafe24.merchant):
        keep_credentials(cafe24.store, {}, actor=SYSTEM, at=NOON)
    work(cafe24.merchant, NOON)
    assert state(cafe24, delivery) == ("dead", "No key for the shop's API was entered.")
    with tenant_context(cafe24.merchant):
        keep_credentials(cafe24.store, cafe24.shop.credentials(), actor=SYSTEM, at=NOON)
    work(cafe24.merchant, NOON)
    assert state(cafe24, delivery) == ("done", "")


@pytest.mark.django_db
def test_what_was_given_up_can_be_tried_again_by_hand(cafe24: Connection) -> None:
    delivery = wanted(cafe24, cafe24.shop.place_order().id)
    with tenant_context(cafe24.merchant), transaction.atomic():
        Reread.objects.update(next_try_at=None)
        revive(cafe24.store, at=NOON)
    work(cafe24.merchant, NOON)
    assert state(cafe24, delivery)[0] == "done"


@pytest.mark.django_db
def test_a_renewed_token_is_kept_and_the_next_reading_uses_it(cafe24: Connection) -> None:
    order = cafe24.shop.place_order()
    late = NOON + timedelta(hours=3)
    cafe24.shop.now = late
    for moment in (late, late + timedelta(minutes=1)):
        wanted(cafe24, order.id, at=moment)
        work(cafe24.merchant, moment)
    assert cafe24.shop.refresh_token == "refresh-2"
    assert sum("oauth" in request.path for request in cafe24.server.asked) == 1


@pytest.mark.django_db
def test_a_store_that_hangs_does_not_keep_another_waiting(cafe24: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS", 0.2)
    with connected(cafe24.merchant, WooCommerceShop(), at=NOON) as other:
        other.shop.send = lambda message: 200
        stuck, fine = cafe24.shop.place_order(), other.shop.place_order()
        cafe24.server.slow(1, times=99)
        for _ in range(3):
            wanted(cafe24, stuck.id)
            wanted(other, fine.id)
        run(cafe24.merchant, NOON)
        assert set(orders(cafe24.merchant)) == {fine.id}
        assert len(cafe24.server.asked) == 1


@pytest.mark.django_db
def test_an_order_that_we_cannot_digest_holds_up_no_other(cafe24: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = cafe24.shop.place_order(), cafe24.shop.place_order()
    wanted(cafe24, bad.id), wanted(cafe24, good.id)

    def picky(batch: Any, *, at: datetime) -> Any:
        if bad.id in {snapshot.external_id for snapshot in batch}:
            raise RuntimeError("indigestible")
        return apply_orders(batch, at=at)

    monkeypatch.setattr(rereading, "apply_orders", picky)
    run(cafe24.merchant, NOON)
    assert set(orders(cafe24.merchant)) == {good.id}
    assert "indigestible" in rows(cafe24.merchant)[bad.id].last_error


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_store_is_asked(cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(cafe, ShopifyShop(), at=NOON) as connection:
        connection.shop.send = lambda message: 200
        order = connection.shop.place_order()
        inside: list[bool] = []
        send = egress.send

        def watched(*args: Any, **named: Any) -> egress.Reply:
            inside.append(database.in_atomic_block)
            return send(*args, **named)

        monkeypatch.setattr(egress, "send", watched)
        wanted(connection, order.id)
        work(cafe, NOON)
        assert order.id in orders(cafe)
    assert inside
    assert not any(inside)
