"""What is WooCommerce's own way of being asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from customers.snapshots import ProductFacts
from storefront.asking import asking
from storefront.platforms import woocommerce as platform
from storefront.platforms.interface import PlatformError
from tenants.models import Merchant
from tests.platforms.connecting import Connection, connected
from tests.platforms.server import Answer
from tests.platforms.shop import OPENED
from tests.platforms.woocommerce import WooCommerceShop

pytestmark = pytest.mark.django_db
LATER = OPENED + timedelta(days=9)


@pytest.fixture
def woo(cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, WooCommerceShop(), at=OPENED) as connection:
        connection.shop.send = lambda message: 200
        yield connection


def test_an_order_that_changes_while_pages_are_read_pushes_none_out(
    woo: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "PAGE", 3)
    orders = [woo.shop.place_order() for _ in range(9)]
    found: set[str] = set()
    cursor = None
    with tenant_context(woo.merchant), asking(woo.store, at=OPENED) as reader:
        while cursor != "":
            page = reader.orders(since=None, until=LATER, by="changed", cursor=cursor or "")
            found |= {order.external_id for order in page.items}
            cursor = page.cursor
            if len(woo.server.asked) == 1:
                woo.shop.refund(orders[0])  # moves to the end: by page numbers the fourth would take its place
    assert found == {order.id for order in orders}


def test_how_a_refund_divides_is_read_from_its_own_document(woo: Connection) -> None:
    order = woo.shop.place_order(("Beans", 12_000, 2), shipping=3_000)
    woo.shop.refund(order, 0, 1, shipping=3_000)
    with tenant_context(woo.merchant), asking(woo.store, at=OPENED) as reader:
        found = reader.order(order.id)
    assert found is not None
    [refund] = found.refunds
    assert (refund.subtotal, refund.shipping, refund.lines[0].line_id) == (12_000, 3_000, order.lines[0].id)


def test_refunds_are_asked_for_only_where_there_are_any(woo: Connection) -> None:
    for _ in range(5):
        woo.shop.place_order()
    with tenant_context(woo.merchant), asking(woo.store, at=OPENED) as reader:
        reader.orders(since=None, until=LATER, by="placed")
    assert len(woo.server.asked) == 1


def test_an_order_that_cannot_be_understood_spoils_no_page(woo: Connection) -> None:
    bad, good = woo.shop.place_order(), woo.shop.place_order()
    bad.number = "#"
    document = woo.shop.order_document

    def broken(order: object) -> dict[str, object]:
        return {**document(order), **({"total": "much"} if order is bad else {})}

    woo.shop.order_document = broken
    with tenant_context(woo.merchant), asking(woo.store, at=OPENED) as reader:
        page = reader.orders(since=None, until=LATER, by="placed")
    assert [order.external_id for order in page.items] == [good.id]
    assert [unread.external_id for unread in page.unreadable] == [bad.id]


def test_a_site_without_woocommerce_is_told_as_not_found(woo: Connection) -> None:
    woo.shop.answer = lambda request: Answer({"name": "Blog", "namespaces": ["wp/v2"]})
    with (
        pytest.raises(PlatformError, match="not_found"),
        tenant_context(woo.merchant),
        asking(woo.store, at=OPENED) as reader,
    ):
        reader.check()


def test_a_shop_that_has_moved_is_not_followed(woo: Connection) -> None:
    woo.shop.answer = lambda request: Answer(None, 301, {"Location": "https://elsewhere.example/"})
    with (
        pytest.raises(PlatformError, match="not_found: 301"),
        tenant_context(woo.merchant),
        asking(woo.store, at=OPENED) as reader,
    ):
        reader.order("1")


def test_a_product_tells_its_categories_and_those_above_in_readable_words(woo: Connection) -> None:
    shop = woo.shop
    above = shop.collection("Food & Drink", "food-drink")
    coffee = shop.collection("원두", "%ec%9b%90%eb%91%90", above=above)
    beans = shop.stock("Beans", coffee, tags=("Fresh",))
    with tenant_context(woo.merchant), asking(woo.store, at=OPENED) as reader:
        told = reader.products([beans.id, "0", "999"])
    assert told == {beans.id: ProductFacts(("원두", "Food & Drink", "food-drink"), ("Fresh", "fresh"))}
    assert len(woo.server.asked) == 3  # the products, their categories, those above
