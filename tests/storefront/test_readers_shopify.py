"""What is Shopify's own way of being asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from customers.snapshots import ProductFacts
from staff.actors import SYSTEM
from storefront.asking import asking
from storefront.connectors.shopify import reading
from storefront.credentials import credentials_of, keep_credentials
from storefront.documents import parse
from storefront.models import Store
from storefront.platforms import shopify as platform
from storefront.platforms.interface import PlatformError
from storefront.stores import origin_of
from tenants.models import Merchant
from tests.platforms.connecting import Connection, connected
from tests.platforms.server import Answer, encoded
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop

pytestmark = pytest.mark.django_db
LATER = OPENED + timedelta(days=9)


@pytest.fixture
def shopify(cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, ShopifyShop(), at=OPENED) as connection:
        connection.shop.send = lambda message: 200
        yield connection


def with_client(connection: Connection) -> None:
    """An app of the Dev Dashboard: no token, but an id and a secret to get one with."""
    client_id, client_secret = connection.shop.client
    keys = {"client_id": client_id, "client_secret": client_secret}
    with tenant_context(connection.merchant):
        keep_credentials(connection.store, keys, actor=SYSTEM, at=OPENED)


def test_a_token_is_got_for_the_clients_secret_and_used_for_a_day(shopify: Connection) -> None:
    with_client(shopify)
    order = shopify.shop.place_order()
    for hour in (0, 1, 23):
        with tenant_context(shopify.merchant), asking(shopify.store, at=OPENED + timedelta(hours=hour)) as reader:
            assert reader.order(order.id) is not None
    assert shopify.shop.granted == 1


def test_a_token_is_renewed_before_it_expires(shopify: Connection) -> None:
    with_client(shopify)
    for hour in (0, 24):
        with tenant_context(shopify.merchant), asking(shopify.store, at=OPENED + timedelta(hours=hour)) as reader:
            reader.check()
    assert shopify.shop.granted == 2
    with tenant_context(shopify.merchant):
        assert credentials_of(Store.objects.get(pk=shopify.store.pk))["access_token"] == "shpat_granted_2"


def test_a_wrong_client_secret_is_told_as_wrong_credentials(shopify: Connection) -> None:
    with_client(shopify)
    shopify.shop.client = ("client", "rotated")
    with (
        pytest.raises(PlatformError, match="wrong_credentials"),
        tenant_context(shopify.merchant),
        asking(shopify.store, at=OPENED) as reader,
    ):
        reader.check()


def test_the_permissions_that_lack_are_named(shopify: Connection) -> None:
    shopify.shop.scopes = ["read_orders"]
    with (
        pytest.raises(PlatformError, match="missing_permission: read_customers"),
        tenant_context(shopify.merchant),
        asking(shopify.store, at=OPENED) as reader,
    ):
        reader.check()


def test_the_api_and_the_webhook_say_the_same_to_the_last_digit(shopify: Connection) -> None:
    shop = shopify.shop
    order = shop.place_order(("Beans", 12_000, 3), customer=shop.register("Minji Kim", "m@example.com"), discount=500)
    shop.refund(order)
    with tenant_context(shopify.merchant):
        told = reading.order(parse(encoded(shop.order_document(order))), origin_of(shopify.store, shop.now))
        with asking(shopify.store, at=shop.now) as reader:
            assert reader.order(order.id) == told


def test_the_count_comes_with_the_first_page_alone(shopify: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "PAGE", 2)
    for _ in range(3):
        shopify.shop.place_order()
    with tenant_context(shopify.merchant), asking(shopify.store, at=OPENED) as reader:
        first = reader.orders(since=None, until=LATER, by="placed")
        second = reader.orders(since=None, until=LATER, by="placed", cursor=first.cursor)
    assert (first.total, len(first.items), second.total, len(second.items), second.cursor) == (3, 2, None, 1, "")


def test_a_product_in_very_many_collections_is_told_whole(shopify: Connection) -> None:
    shop = shopify.shop
    collections = [shop.collection(f"Collection {n}", f"c-{n}") for n in range(60)]
    few, many = shop.stock("Cup", collections[0], tags=("new",)), shop.stock("Beans", *collections)
    with tenant_context(shopify.merchant), asking(shopify.store, at=OPENED) as reader:
        told = reader.products([few.id, many.id, "999"])
    assert told[few.id] == ProductFacts(("Collection 0", "c-0"), ("new",))
    assert len(told[many.id].collections) == 120
    assert "999" not in told


def test_being_throttled_with_status_200_is_a_limit(shopify: Connection) -> None:
    throttled = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
    shopify.shop.answer = lambda request: Answer(throttled)
    with (
        pytest.raises(PlatformError) as error,
        tenant_context(shopify.merchant),
        asking(shopify.store, at=OPENED) as reader,
    ):
        reader.products(["1"])
    assert error.value.code == "rate_limited"
