"""Asking the shops' own APIs, each platform in its own way, against servers that behave as the real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from customers.snapshots import OrderSnapshot
from staff.actors import SYSTEM
from storefront.asking import asking
from storefront.credentials import credentials_of, keep_credentials
from storefront.models import Store
from storefront.platforms import cafe24, reader_of, shopify, square, woocommerce
from storefront.platforms.interface import PlatformError, Reader
from tenants.models import Merchant
from tests.platforms.connecting import SHOPS, Connection, connected
from tests.platforms.server import Answer
from tests.platforms.shop import OPENED

pytestmark = pytest.mark.django_db
LATER = OPENED + timedelta(days=20)


QUESTIONS: list[Callable[[Reader], object]] = [
    lambda asked: asked.order("1"),
    lambda asked: asked.check(),
    lambda asked: asked.orders(since=None, until=LATER, by="placed"),
    lambda asked: asked.customers(),
    lambda asked: asked.products(["1"]),
    lambda asked: asked.subscriptions("https://cafe.example/"),
]


@pytest.fixture(params=list(SHOPS))
def connection(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    """A shop of each platform, connected; its news go nowhere."""
    with connected(cafe, SHOPS[request.param](), at=OPENED) as connection:
        connection.shop.send = lambda message: 200
        yield connection


@contextmanager
def reader(connection: Connection) -> Iterator[Reader]:
    with tenant_context(connection.merchant), asking(connection.store, at=connection.shop.now) as found:
        yield found


def all_orders(connection: Connection, **asked: Any) -> list[OrderSnapshot]:
    """Page by page to the end."""
    asked = {"since": None, "until": LATER, "by": "placed", **asked}
    found: list[OrderSnapshot] = []
    cursor = None
    with reader(connection) as asked_one:
        while cursor != "":
            page = asked_one.orders(**asked, cursor=cursor or "")
            assert page.unreadable == ()
            found, cursor = found + page.items, page.cursor
    return found


def refused(connection: Connection, act: Any) -> PlatformError:
    with pytest.raises(PlatformError) as error, reader(connection) as asked:
        act(asked)
    return error.value


def test_the_shop_tells_its_name_and_currency(connection: Connection) -> None:
    with reader(connection) as asked:
        facts = asked.check()
    assert (facts.currency, facts.time_zone) == ("KRW", "Asia/Seoul")
    assert facts.name


def test_an_order_is_read_whole_with_its_refund(connection: Connection) -> None:
    shop = connection.shop
    minji = shop.register("민지 김", "minji@example.com", "010-2345-6789")
    order = shop.place_order(("Beans", 12_000, 2), ("Cup", 5_000, 1), customer=minji, shipping=3_000)
    shop.refund(order, 0, 1)
    with reader(connection) as asked:
        read = asked.order(order.id)
    assert read is not None
    assert (read.external_id, read.state, read.currency, read.total) == (order.id, "paid", "KRW", order.total)
    assert sum(refund.subtotal for refund in read.refunds if not refund.cancelled) == 12_000
    assert read.buyer is not None
    assert read.buyer.external_id == minji.id


def test_an_order_the_shop_does_not_have_is_none(connection: Connection) -> None:
    with reader(connection) as asked:
        assert asked.order("999999999") is None


def test_a_broken_site_says_nothing_about_an_order(connection: Connection) -> None:
    connection.server.fail(status=404)
    assert refused(connection, lambda asked: asked.order("1")).code == "not_found"


@pytest.mark.parametrize("document", [None, [], {}, {"order": None, "orders": [None]}, 7, [7]], ids=str)
def test_an_answer_of_another_shape_does_not_surprise_us(connection: Connection, document: object) -> None:
    connection.shop.answer = lambda request: Answer(document)
    for act in QUESTIONS:
        with suppress(PlatformError), reader(connection) as asked:
            act(asked)


def test_an_id_cannot_lead_to_another_question(connection: Connection) -> None:
    with reader(connection) as asked:
        assert asked.order("../customers?x=") is None


def test_all_pages_together_hold_every_order(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (shopify, woocommerce, cafe24, square):
        monkeypatch.setattr(module, "PAGE", 3)
    placed = [connection.shop.place_order().id for _ in range(8)]
    assert sorted({order.external_id for order in all_orders(connection)}) == sorted(placed)


def test_orders_of_one_moment_all_come(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (shopify, woocommerce, cafe24, square):
        monkeypatch.setattr(module, "PAGE", 2)
    shop, placed = connection.shop, []
    moment = shop.now
    for _ in range(7):
        shop.now = moment
        placed.append(shop.place_order().id)
    assert {order.external_id for order in all_orders(connection)} == set(placed)


def test_only_orders_of_the_window_come_ends_included(connection: Connection) -> None:
    shop = connection.shop
    orders = []
    for day in range(4):
        shop.now = OPENED + timedelta(days=day)
        orders.append(shop.place_order())
    found = all_orders(connection, since=orders[1].placed_at, until=orders[2].placed_at)
    assert {order.external_id for order in found} == {orders[1].id, orders[2].id}


def test_cancelled_orders_are_listed_too(connection: Connection) -> None:
    order = connection.shop.place_order()
    connection.shop.cancel(order)
    [found] = all_orders(connection)
    assert found.state == "cancelled"


def test_an_old_order_that_was_refunded_lately_counts_as_changed(connection: Connection) -> None:
    shop = connection.shop
    order, _ = shop.place_order(), shop.place_order()
    shop.now = OPENED + timedelta(days=10)
    shop.refund(order)
    found = all_orders(connection, since=OPENED + timedelta(days=5), by="changed")
    assert {o.external_id for o in found} == {order.id}


def test_the_listing_and_the_single_order_say_the_same(connection: Connection) -> None:
    shop = connection.shop
    order = shop.place_order(("Beans", 12_000, 2), shipping=2_500, discount=1_000)
    shop.refund(order)
    [listed] = all_orders(connection)
    with reader(connection) as asked:
        assert asked.order(order.id) == listed


def test_customers_come_with_their_addresses(connection: Connection) -> None:
    connection.shop.register("민지 김", "minji@example.com", "010-2345-6789")
    with reader(connection) as asked:
        page = asked.customers()
    [person] = page.items
    assert (person.email, person.phone, page.cursor) == ("minji@example.com", "+821023456789", "")


def test_a_limit_is_told_with_the_rest_the_shop_wants(connection: Connection) -> None:
    connection.server.limit(retry_after="7")
    error = refused(connection, lambda asked: asked.order("1"))
    assert (error.code, error.retry_after) == ("rate_limited", 7.0)


@pytest.mark.parametrize("told", ["nan", f"Mon, 01 Jan {10**20} 00:00:00 GMT", "Mon, 01 Jan 1990 00:00:00 -0000"])
def test_a_limit_is_told_whatever_rest_the_shop_wants(connection: Connection, told: str) -> None:
    connection.server.limit(retry_after=told)
    error = refused(connection, lambda asked: asked.order("1"))
    assert (error.code, error.retry_after or 0.0) == ("rate_limited", 0.0)


def test_an_error_of_the_server_is_told_as_busy(connection: Connection) -> None:
    connection.server.fail(status=503)
    assert refused(connection, lambda asked: asked.orders(since=None, until=LATER, by="placed")).code == "busy"


def test_an_answer_that_breaks_off_is_told_as_unreachable(connection: Connection) -> None:
    connection.shop.place_order()
    connection.server.cut()
    assert refused(connection, lambda asked: asked.orders(since=None, until=LATER, by="placed")).code == "unreachable"


def test_a_page_in_html_is_told_as_unexpected(connection: Connection) -> None:
    connection.server.fail(status=200)
    assert refused(connection, lambda asked: asked.order("1")).code == "unexpected"


def test_a_wrong_key_is_told_as_such(connection: Connection) -> None:
    wrong = dict.fromkeys(connection.shop.credentials(), "wrong")
    with tenant_context(connection.merchant):
        keep_credentials(connection.store, wrong, actor=SYSTEM, at=OPENED)
    error = refused(connection, lambda asked: asked.check())
    assert (error.code, error.for_a_person) == ("wrong_credentials", True)


def test_without_credentials_there_is_no_reader(connection: Connection) -> None:
    with tenant_context(connection.merchant):
        keep_credentials(connection.store, {}, actor=SYSTEM, at=OPENED)
        assert reader_of(connection.store, at=OPENED) is None
    assert refused(connection, lambda asked: asked.check()).code == "no_credentials"


def test_credentials_are_not_readable_in_the_database(connection: Connection) -> None:
    with tenant_context(connection.merchant):
        kept = Store.objects.get(pk=connection.store.pk)
        assert credentials_of(kept) == connection.shop.credentials() or kept.kind == "cafe24"
    for secret in connection.shop.credentials().values():
        assert str(secret) not in kept.credentials
