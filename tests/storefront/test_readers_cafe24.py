"""What is Cafe24's own way of being asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from customers.snapshots import ProductFacts
from storefront.asking import asking
from storefront.credentials import credentials_of
from storefront.models import Store
from storefront.platforms.interface import PlatformError, Reader
from tenants.models import Merchant
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED

pytestmark = pytest.mark.django_db
YEAR_LATER = OPENED + timedelta(days=365)


@pytest.fixture
def cafe24(cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, Cafe24Shop(), at=OPENED) as connection:
        connection.shop.send = lambda message: 200
        yield connection


def test_a_year_is_read_in_windows_of_less_than_three_months(cafe24: Connection) -> None:
    shop, cursor = cafe24.shop, None
    placed: set[str] = set()
    found: set[str] = set()
    for month in range(12):
        shop.now = OPENED + timedelta(days=30 * month)
        placed.add(shop.place_order().id)
    shop.now = OPENED
    with tenant_context(cafe24.merchant), asking(cafe24.store, at=OPENED) as reader:
        while cursor != "":
            page = reader.orders(since=OPENED, until=YEAR_LATER, by="placed", cursor=cursor or "")
            found |= {order.external_id for order in page.items}
            cursor = page.cursor
    assert found == placed


def test_a_line_that_was_split_by_a_return_counts_once(cafe24: Connection) -> None:
    order = cafe24.shop.place_order(("Beans", 12_000, 3), shipping=2_500, discount=900)
    cafe24.shop.refund(order, 0, 2)
    with tenant_context(cafe24.merchant), asking(cafe24.store, at=cafe24.shop.now) as reader:
        found = reader.order(order.id)
    assert found is not None
    assert (found.subtotal, found.shipping, sum(line.total for line in found.lines)) == (35_100, 2_500, 35_100)
    assert found.subtotal - sum(refund.subtotal for refund in found.refunds) == order.net_goods


def test_tokens_are_renewed_and_both_are_kept_though_the_question_failed(cafe24: Connection) -> None:
    cafe24.shop.now = OPENED + timedelta(hours=3)
    cafe24.server.fail(path="/admin/")
    with (
        tenant_context(cafe24.merchant),
        pytest.raises(PlatformError, match="busy"),
        asking(cafe24.store, at=cafe24.shop.now) as reader,
    ):
        reader.order("1")
    with tenant_context(cafe24.merchant):
        kept = credentials_of(Store.objects.get(pk=cafe24.store.pk))
    assert (kept["access_token"], kept["refresh_token"]) == (cafe24.shop.access_token, cafe24.shop.refresh_token)
    assert kept["client_secret"] == "app-secret"


def _overtaken_by(store: Store, second: Reader) -> None:
    late = OPENED + timedelta(hours=3)
    with asking(store, at=late) as first:
        first.check()
    second.check()


def test_who_loses_the_race_for_a_new_token_is_told_to_wait(cafe24: Connection) -> None:
    late = cafe24.shop.now = OPENED + timedelta(hours=3)
    with tenant_context(cafe24.merchant):
        slower = Store.objects.get(pk=cafe24.store.pk)
        with pytest.raises(PlatformError) as error, asking(slower, at=late) as second:
            _overtaken_by(cafe24.store, second)
    assert (error.value.code, error.value.retry_after) == ("busy", 1)


def test_an_app_without_the_scope_for_orders_is_told_so(cafe24: Connection) -> None:
    cafe24.shop.scopes = ["mall.read_store"]
    with (
        pytest.raises(PlatformError, match="missing_permission"),
        tenant_context(cafe24.merchant),
        asking(cafe24.store, at=OPENED) as reader,
    ):
        reader.check()


def test_a_product_tells_its_categories_with_those_above_and_its_search_words(cafe24: Connection) -> None:
    shop = cafe24.shop
    top = shop.collection("식품", "")
    coffee = shop.collection("원두", "", above=top)
    beans = shop.stock("Beans", coffee, tags=("신선", "싱글 오리진"))
    with tenant_context(cafe24.merchant), asking(cafe24.store, at=OPENED) as reader:
        told = reader.products([beans.id, "999"])
    assert told == {beans.id: ProductFacts(("원두", coffee.id, "식품", top.id), ("신선", "싱글 오리진"))}
