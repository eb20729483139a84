"""Webhooks registered through the platforms' APIs, and noticing when a platform has stopped sending."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront import subscriptions
from storefront.credentials import keep_credentials
from storefront.models import Delivery, Store
from storefront.platforms.interface import PlatformError
from storefront.stores import hook_url
from storefront.subscriptions import State
from tenants import alarms
from tenants.models import Merchant
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop
from tests.platforms.woocommerce import WooCommerceShop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def woo(cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, WooCommerceShop(), at=OPENED) as connection:
        yield connection


@pytest.fixture
def shopify(cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, ShopifyShop(), at=OPENED) as connection:
        yield connection


def subscribe(connection: Connection) -> State:
    with tenant_context(connection.merchant):
        return subscriptions.subscribe(connection.store, actor=SYSTEM, at=OPENED)


def found(connection: Connection) -> State:
    """As kept."""
    with tenant_context(connection.merchant):
        kept = subscriptions.state(Store.objects.get(pk=connection.store.pk))
    assert kept is not None
    return kept


def looked(connection: Connection) -> int:
    """How often the shop was asked for its webhooks."""
    return sum(request.path.endswith("/webhooks") for request in connection.server.asked)


def deliveries(connection: Connection) -> list[str]:
    with tenant_context(connection.merchant):
        return list(Delivery.objects.order_by("id").values_list("topic", flat=True))


def test_shopify_sends_its_news_once_it_is_asked_to(shopify: Connection) -> None:
    assert subscribe(shopify).well
    assert {webhook["topic"] for webhook in shopify.shop.webhooks.values()} >= {"orders/updated", "refunds/create"}
    shopify.shop.place_order()
    assert "orders/paid" in deliveries(shopify)


def test_asking_twice_makes_no_second_webhook(shopify: Connection, woo: Connection) -> None:
    for connection in (shopify, woo):
        subscribe(connection)
        count = len(connection.shop.webhooks)
        assert subscribe(connection).well
        assert len(connection.shop.webhooks) == count


def test_shopifys_client_secret_becomes_the_signing_secret(shopify: Connection) -> None:
    client_id, client_secret = shopify.shop.client
    shopify.shop.secret = client_secret
    with tenant_context(shopify.merchant):
        new = {"client_id": client_id, "client_secret": client_secret}
        keep_credentials(shopify.store, new, actor=SYSTEM, at=OPENED)
    subscribe(shopify)
    shopify.shop.place_order()
    assert "orders/create" in deliveries(shopify)


def test_woocommerce_signs_with_the_secret_it_was_given(woo: Connection) -> None:
    with tenant_context(woo.merchant):
        woo.store.secrets.all().delete()
    subscribe(woo)
    woo.shop.place_order()
    assert deliveries(woo) == ["order.created", "order.updated"]


def test_a_key_for_reading_only_cannot_register(woo: Connection) -> None:
    woo.shop.may_write = False
    with pytest.raises(PlatformError, match="missing_permission"):
        subscribe(woo)


def test_webhooks_that_woocommerce_disabled_in_silence_are_noticed_within_a_day(woo: Connection) -> None:
    subscribe(woo)
    woo.shop.send = lambda message: 500
    for _ in range(6):
        woo.shop.place_order()
    assert found(woo).well
    alarms.drain(woo.merchant, OPENED + DAY)
    assert found(woo).stopped == ("order.created", "order.updated")
    assert not found(woo).well


def test_asking_again_switches_them_on(woo: Connection) -> None:
    subscribe(woo)
    for webhook in woo.shop.webhooks.values():
        webhook["status"] = "disabled"
    assert subscribe(woo).well
    woo.shop.place_order()
    assert deliveries(woo) == ["order.created", "order.updated"]


def test_webhooks_that_shopify_took_away_are_noticed(shopify: Connection) -> None:
    subscribe(shopify)
    del shopify.shop.webhooks[min(shopify.shop.webhooks)]
    alarms.drain(shopify.merchant, OPENED + DAY)
    assert (found(shopify).missing, found(shopify).well) == (("orders/create",), False)


def test_a_store_is_looked_at_once_a_day_and_no_more(woo: Connection) -> None:
    subscribe(woo)
    alarms.drain(woo.merchant, OPENED + DAY)
    count = looked(woo)
    alarms.drain(woo.merchant, OPENED + DAY + timedelta(hours=23))
    assert looked(woo) == count


def test_a_key_that_was_withdrawn_is_noticed(woo: Connection) -> None:
    subscribe(woo)
    woo.shop.key_secret = "another"
    alarms.drain(woo.merchant, OPENED + DAY)
    assert (found(woo).trouble, found(woo).well) == ("wrong_credentials", False)


def test_a_shop_that_is_down_is_asked_again_within_the_hour(woo: Connection) -> None:
    subscribe(woo)
    woo.server.fail()
    alarms.drain(woo.merchant, OPENED + DAY)
    assert found(woo).trouble == "busy"
    alarms.drain(woo.merchant, OPENED + DAY + timedelta(hours=1))
    assert found(woo).well


def test_cafe24s_webhooks_are_known_to_be_set_by_hand(cafe: Merchant) -> None:
    with connected(cafe, Cafe24Shop(), at=OPENED) as connection, tenant_context(cafe):
        state = subscriptions.check(connection.store, at=OPENED)
    assert (state.by_hand, state.well) == (True, True)


def test_unsubscribing_takes_ours_away_and_nobody_elses(woo: Connection) -> None:
    subscribe(woo)
    woo.shop.webhooks[1] = {
        "id": 1,
        "topic": "order.updated",
        "status": "active",
        "delivery_url": "https://else.example",
    }
    with tenant_context(woo.merchant):
        subscriptions.unsubscribe(woo.store, actor=SYSTEM, at=OPENED)
    assert list(woo.shop.webhooks) == [1]


def test_the_registered_address_is_the_hooks(shopify: Connection) -> None:
    subscribe(shopify)
    with tenant_context(shopify.merchant):
        assert {w["address"] for w in shopify.shop.webhooks.values()} == {hook_url(shopify.store)}
