"""Rules for products by collection or tag, for orders of shop systems that name products by id only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Order
from loyalty import programme
from loyalty.earning_rules import EarningRule, LineFilter
from loyalty.models import OrderEarning
from loyalty.rules import Rules
from staff.actors import SYSTEM
from storefront import products, pulling, rereading, untold
from storefront.credentials import keep_credentials
from storefront.models import Delivery, Reread
from tenants import alarms
from tenants.models import Merchant
from tests.platforms.connecting import SHOPS, Connection, connected
from tests.platforms.products import SimProduct
from tests.platforms.shop import OPENED, SimCustomer, SimOrder
from tests.storefront.pulled import compare, read_history, silent, worked

pytestmark = pytest.mark.django_db
PLATFORMS = ("shopify", "woocommerce", "cafe24")
WHERE = {"shopify": "graphql", "woocommerce": "/products", "cafe24": "/products"}


@pytest.fixture(params=PLATFORMS)
def connection(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    """A shop of each system, whose beans are tagged and whose cups lie in a collection."""
    products.forget()
    with connected(cafe, SHOPS[request.param](), at=OPENED) as connection:
        shop = connection.shop
        kitchen = shop.collection("Kitchen & Home", "kitchen-home")
        shop.stock("Beans", tags=("Fresh", "Single Origin"))
        cups = shop.collection("컵", "cups", above=kitchen)
        # Shopify's collections do not lie in one another: a product is in both.
        shop.stock("Cup", cups, *([kitchen] if shop.KIND == "shopify" else []))
        yield connection


def rule(effect: str = "multiply", **fields: Any) -> EarningRule:
    lines = {name: fields.pop(name) for name in list(fields) if name in LineFilter.__slots__}
    return EarningRule("r1", "lines", {"en": "These"}, effect=effect, lines=LineFilter(**lines), **fields)


def publish(connection: Connection, *rules: EarningRule, minutes: int = 0) -> None:
    """A point for each 100 won, and these rules, from then on."""
    wanted = Rules(currency="KRW", earn_points=1, earn_per=100, earning=rules)
    with tenant_context(connection.merchant):
        programme.publish(wanted, actor=SYSTEM, at=OPENED + timedelta(minutes=minutes))


def double_fresh(connection: Connection) -> None:
    publish(connection, rule(tags=("fresh",), factor=200))


def member(connection: Connection) -> SimCustomer:
    found: SimCustomer = connection.shop.register("민지 김", "minji@example.com")
    return found


def placed(connection: Connection, *lines: tuple[str, int, int]) -> SimOrder:
    order: SimOrder = connection.shop.place_order(*lines, customer=member(connection))
    work(connection)
    return order


def work(connection: Connection, later: timedelta = timedelta(0)) -> None:
    """Do all that is due at the shop's time, or so much later."""
    connection.shop.now += later
    alarms.drain(connection.merchant, connection.shop.now)


def points(connection: Connection, order: SimOrder) -> int:
    with tenant_context(connection.merchant):
        known = Order.objects.get(source=connection.store.public_id, external_id=order.id)
        return OrderEarning.objects.get(order=known).posted


def asked(connection: Connection) -> int:
    """How many questions about products there were."""
    return sum(WHERE[connection.shop.KIND] in request.path for request in connection.server.asked)


def _cup(connection: Connection) -> SimProduct:
    return next(product for product in connection.shop.products.values() if product.name == "Cup")


def forbid(connection: Connection, *, allowed: bool = False) -> None:
    """Take the permission for products from our key, or give it."""
    shop, needed = connection.shop, {"shopify": "read_products", "cafe24": "mall.read_product"}
    if shop.KIND == "woocommerce":
        shop.may_see_products = allowed
    elif allowed:
        shop.scopes.append(needed[shop.KIND])
    else:
        shop.scopes.remove(needed[shop.KIND])


def test_a_rule_doubles_what_has_a_tag(connection: Connection) -> None:
    double_fresh(connection)
    order = placed(connection, ("Beans", 12_000, 1), ("Cup", 5_000, 1))
    assert points(connection, order) == 2 * 120 + 50


@pytest.mark.parametrize("word", ["컵", "kitchen & home"])
def test_a_rule_leaves_out_a_collection_and_what_lies_below_it(connection: Connection, word: str) -> None:
    publish(connection, rule(collections=(word,), factor=0))
    order = placed(connection, ("Beans", 12_000, 1), ("Cup", 5_000, 1))
    assert points(connection, order) == 120


def test_a_collection_is_known_by_its_handle_too(connection: Connection) -> None:
    handle = "cups" if connection.shop.KIND != "cafe24" else _cup(connection).collections[0].id
    publish(connection, rule(collections=(handle,), factor=300))
    order = placed(connection, ("Cup", 5_000, 1))
    assert points(connection, order) == 150


def test_an_update_that_does_not_tell_keeps_what_was_read(connection: Connection) -> None:
    double_fresh(connection)
    order = placed(connection, ("Beans", 12_000, 2))
    before = asked(connection)
    connection.shop.refund(order, 0, 1)
    work(connection)
    assert points(connection, order) == 2 * 120
    assert asked(connection) == before


def test_what_a_product_becomes_later_does_not_touch_the_order(connection: Connection) -> None:
    double_fresh(connection)
    order = placed(connection, ("Beans", 12_000, 1))
    for product in connection.shop.products.values():
        product.tags = ["fresh"] if product.name == "Cup" else []
    products.forget()
    connection.shop.edit(order, "Cup", 5_000)
    work(connection)
    assert points(connection, order) == 2 * 120 + 2 * 50


def test_no_product_is_asked_for_when_no_rule_wants_it(connection: Connection) -> None:
    publish(connection, rule(products=(_cup(connection).id,), factor=200))
    order = placed(connection, ("Beans", 12_000, 1), ("Cup", 5_000, 1))
    assert points(connection, order) == 120 + 2 * 50
    assert asked(connection) == 0


def test_the_rules_of_the_orders_own_time_decide_whether_to_ask(connection: Connection) -> None:
    publish(connection)
    early = connection.shop.place_order(("Beans", 12_000, 1), customer=member(connection))
    publish(connection, rule(tags=("fresh",), factor=200), minutes=10)
    work(connection)
    assert (points(connection, early), asked(connection)) == (120, 0)
    connection.shop.now = OPENED + timedelta(minutes=20)
    assert points(connection, placed(connection, ("Beans", 12_000, 1))) == 240


def test_a_product_is_asked_for_once_for_many_orders(connection: Connection) -> None:
    double_fresh(connection)
    orders = [placed(connection, ("Beans", 12_000, 1)) for _ in range(3)]
    assert [points(connection, order) for order in orders] == [240] * 3
    assert asked(connection) == 1


def test_a_product_the_shop_has_no_more_is_told_to_have_none_and_not_asked_again(connection: Connection) -> None:
    double_fresh(connection)
    order = placed(connection, ("Beans", 12_000, 1), ("Lost", 5_000, 1))
    before = asked(connection)
    products.forget()
    connection.shop.pay(order)  # told once more
    work(connection)
    assert points(connection, order) == 240 + 50
    assert asked(connection) == before


def test_without_the_permission_the_order_earns_by_the_other_rules_and_the_page_says_so(
    connection: Connection, as_owner: Client
) -> None:
    double_fresh(connection)
    forbid(connection)
    order = placed(connection, ("Beans", 12_000, 1))
    assert points(connection, order) == 120
    with tenant_context(connection.merchant):
        connection.store.refresh_from_db()
        assert not Reread.objects.exists()
        assert set(Delivery.objects.values_list("state", flat=True)) <= {"done", "ignored"}
    known = untold.untold(connection.store)
    assert known is not None
    assert known.code == "missing_permission"
    as_owner.cookies["language"] = "en"
    with time_machine.travel(connection.shop.now, tick=False):
        page = as_owner.get(f"/backoffice/storefronts/{connection.store.public_id}/")
    assert "Rules by collection or tag do not work for this store." in page.content.decode()


def test_a_store_that_refuses_is_not_asked_for_every_order(connection: Connection) -> None:
    double_fresh(connection)
    forbid(connection)
    for _ in range(3):
        placed(connection, ("Beans", 12_000, 1))
    assert asked(connection) == 1


def test_once_it_is_permitted_the_nights_comparison_brings_what_was_missed(connection: Connection) -> None:
    double_fresh(connection)
    forbid(connection)
    order = placed(connection, ("Beans", 12_000, 1))
    forbid(connection, allowed=True)
    connection.shop.now += timedelta(hours=1)
    with tenant_context(connection.merchant):
        keep_credentials(connection.store, connection.shop.credentials(), actor=SYSTEM, at=connection.shop.now)
    pull = compare(connection, connection.shop.now)
    work(connection)
    assert pull.state == "done"
    assert points(connection, order) == 240
    assert "stale" not in pull.counts


def test_a_limit_on_products_is_waited_out_and_the_order_counts_meanwhile(connection: Connection) -> None:
    double_fresh(connection)
    connection.server.limit(times=1, retry_after="30", path=WHERE[connection.shop.KIND])
    order = placed(connection, ("Beans", 12_000, 1))
    assert points(connection, order) == 120
    with tenant_context(connection.merchant):
        row = Reread.objects.get()
        assert (row.next_try_at, row.attempts) == (connection.shop.now + timedelta(seconds=30), 0)
    work(connection, timedelta(seconds=30))
    assert points(connection, order) == 240
    with tenant_context(connection.merchant):
        assert not Reread.objects.exists()


def test_products_that_never_answer_do_not_keep_an_order_waiting_for_ever(connection: Connection) -> None:
    double_fresh(connection)
    connection.server.fail(times=999, path=WHERE[connection.shop.KIND])
    order = placed(connection, ("Beans", 12_000, 1))
    with tenant_context(connection.merchant):
        for pause in rereading.RETRIES:
            connection.shop.now += pause
            rereading.run(connection.shop.now)
    assert points(connection, order) == 120
    with tenant_context(connection.merchant):
        assert not Reread.objects.exists()
        assert not Delivery.objects.filter(state="dead").exists()


def test_history_asks_for_the_products_of_a_page_together(connection: Connection) -> None:
    double_fresh(connection)
    silent(connection)
    orders = [connection.shop.place_order(("Beans", 12_000, 1), customer=member(connection)) for _ in range(3)]
    assert read_history(connection, connection.shop.now + timedelta(minutes=1)).state == "done"
    assert [points(connection, order) for order in orders] == [240] * 3
    assert asked(connection) == 1


def test_a_history_whose_products_never_answer_is_read_all_the_same(connection: Connection) -> None:
    double_fresh(connection)
    silent(connection)
    order = connection.shop.place_order(("Beans", 12_000, 1), customer=member(connection))
    connection.server.fail(times=99, path=WHERE[connection.shop.KIND])
    at = connection.shop.now + timedelta(minutes=1)
    pull = read_history(connection, at)
    for pause in pulling.RETRIES[: products.PATIENCE]:
        at += pause
        pull = worked(connection, pull, at)
    assert (pull.state, points(connection, order)) == ("done", 120)


def test_an_order_by_till_of_a_kind_that_cannot_tell_is_never_wanted(cafe: Merchant) -> None:
    with connected(cafe, SHOPS["square"](), at=OPENED) as connection:
        double_fresh(connection)
        assert not products.tells(connection.store)
        assert products.lacking(connection.store, [Order(lines=[{"product_id": "1"}])], at=OPENED) == []
