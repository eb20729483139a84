"""Whether both sides agree: what was missed, is stale or unknown to the store is found, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from customers.models import Order
from staff.actors import SYSTEM
from staff.models import AuditEntry
from storefront import comparing, nightly, pulling, repairing
from storefront.models import Drift, Pull, Store
from storefront.stores import disconnect
from tenants.alarms import drain
from tenants.models import Merchant
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED, SimOrder
from tests.platforms.shopify import ShopifyShop
from tests.platforms.woocommerce import WooCommerceShop
from tests.storefront.pulled import NOON, OWNER, compare, drifts, orders, read_history, silent, the_drift, worked

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(params=["shopify", "woocommerce", "cafe24"])
def any_shop(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    """A shop of each platform with three orders that both sides know."""
    kinds = {"shopify": ShopifyShop, "woocommerce": WooCommerceShop, "cafe24": Cafe24Shop}
    with connected(cafe, kinds[request.param](now=NOON - timedelta(hours=1)), at=NOON) as connection:
        yield _known(connection)


@pytest.fixture
def shop(cafe: Merchant) -> Iterator[Connection]:
    """The same at Shopify alone."""
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as connection:
        yield _known(connection)


def _known(connection: Connection) -> Connection:
    silent(connection)
    minsu = connection.shop.register("Minsu", "minsu@example.com")
    for number in range(3):
        connection.shop.place_order(("Beans", 12_000, 1), ("Cup", 5_000, 2), customer=minsu if number else None)
    read_history(connection)
    return connection


def an_order(connection: Connection, number: int = 0) -> SimOrder:
    return list(connection.shop.orders.values())[number]


def test_both_sides_agree(any_shop: Connection) -> None:
    pull = compare(any_shop)
    assert (pull.state, pull.counts, drifts(any_shop), pull.last_error) == ("done", {"compared": 3}, [], "")


def test_an_order_that_never_arrived_is_missing_here(any_shop: Connection) -> None:
    lost = any_shop.shop.place_order(("Beans", 12_000, 1))
    compare(any_shop)
    kind, external_id, differences = drifts(any_shop)[0]
    assert (kind, external_id) == ("missed", lost.id)
    assert differences["total"] == [None, 12_000]
    assert lost.id not in orders(any_shop)


def test_a_refund_that_never_arrived_is_out_of_date_here(any_shop: Connection) -> None:
    order = an_order(any_shop)
    any_shop.shop.refund(order)
    compare(any_shop)
    kind, external_id, differences = drifts(any_shop)[0]
    assert (kind, external_id) == ("stale", order.id)
    assert differences["refunded"] == [0, 12_000]
    assert orders(any_shop)[order.id].refunded == 0


def test_a_cancellation_that_never_arrived_is_out_of_date_here(any_shop: Connection) -> None:
    any_shop.shop.cancel(an_order(any_shop))
    compare(any_shop)
    assert drifts(any_shop)[0][2]["state"] == ["paid", "cancelled"]


def test_an_order_that_the_store_does_not_know(any_shop: Connection) -> None:
    gone = any_shop.shop.orders.pop(an_order(any_shop, 1).id)
    pull = compare(any_shop)
    assert drifts(any_shop) == [("extra", gone.id, {})]
    assert (pull.counts["compared"], pull.counts["extra"]) == (3, 1)


def test_an_old_order_that_was_changed_within_the_window_is_compared(any_shop: Connection) -> None:
    later = NOON + timedelta(days=40)
    order = an_order(any_shop)
    any_shop.shop.now = later - HOUR
    any_shop.shop.refund(order)
    compare(any_shop, later)
    assert [(kind, external_id) for kind, external_id, _ in drifts(any_shop)] == [("stale", order.id)]


def test_an_old_order_that_the_store_does_not_list_any_more_is_left_alone(shop: Connection) -> None:
    shop.shop.orders.clear()
    compare(shop, NOON + timedelta(days=40))
    assert drifts(shop) == []


def test_news_of_the_last_two_minutes_may_be_under_way(shop: Connection) -> None:
    shop.shop.now = NOON - timedelta(minutes=1)
    shop.shop.refund(an_order(shop))
    shop.shop.place_order()
    compare(shop)
    assert drifts(shop) == []


def test_an_order_that_changes_here_while_it_is_compared_is_left_for_next_time(shop: Connection) -> None:
    shop.shop.refund(an_order(shop))
    with tenant_context(shop.merchant):
        Order.objects.update(changed_at=NOON + timedelta(seconds=1))
    pull = compare(shop)
    assert (drifts(shop), pull.counts) == ([], {"under_way": 3})


def test_a_newer_document_without_a_difference_that_matters_is_no_drift(shop: Connection) -> None:
    an_order(shop).updated_at += HOUR
    compare(shop)
    assert drifts(shop) == []


def test_cancelled_orders_that_the_store_forgot_are_no_drift(shop: Connection) -> None:
    order = an_order(shop)
    shop.shop.cancel(order)
    read_history(shop)
    del shop.shop.orders[order.id]
    compare(shop)
    assert drifts(shop) == []


def test_drift_that_is_gone_is_closed_by_the_next_comparison(shop: Connection) -> None:
    lost = shop.shop.place_order()
    compare(shop)
    read_history(shop)
    compare(shop, NOON + HOUR)
    assert drifts(shop) == []
    assert (the_drift(shop).external_id, the_drift(shop).repaired_at) == (lost.id, NOON + HOUR)


def test_drift_that_stays_is_one_row(shop: Connection) -> None:
    shop.shop.place_order()
    compare(shop)
    first = the_drift(shop).pk
    compare(shop, NOON + HOUR)
    assert (the_drift(shop).pk, the_drift(shop).found_at) == (first, NOON)


def test_what_was_left_as_it_is_comes_up_again_only_when_it_differs_otherwise(shop: Connection) -> None:
    order = an_order(shop)
    shop.shop.refund(order, 1)
    compare(shop)
    with tenant_context(shop.merchant):
        repairing.leave([the_drift(shop).pk], reason="known", actor=OWNER, at=NOON)
    compare(shop, NOON + HOUR)
    assert drifts(shop) == []
    shop.shop.refund(order, 0)
    compare(shop, NOON + 2 * HOUR)
    assert [kind for kind, _, _ in drifts(shop)] == ["stale"]


def test_the_window_is_walked_in_pieces(shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "PIECE", 1)
    lost, gone = shop.shop.place_order(), shop.shop.orders.pop(an_order(shop, 1).id)
    pull = compare(shop)
    assert sorted((kind, key) for kind, key, _ in drifts(shop)) == [("extra", gone.id), ("missed", lost.id)]
    assert pull.counts["compared"] == 4


def test_a_comparison_changes_no_order(shop: Connection) -> None:
    before = {key: order.changed_at for key, order in orders(shop).items()}
    shop.shop.cancel(an_order(shop))
    shop.shop.place_order()
    compare(shop)
    assert {key: order.changed_at for key, order in orders(shop).items()} == before


# ── The line on the store's page, and the nights ────────────────────────────────────────────────


def line(shop: Connection) -> tuple[str, int, int, int]:
    with tenant_context(shop.merchant):
        found = nightly.health_line(Store.objects.get(pk=shop.store.pk))
    return found.state, found.orders, found.days, found.drifts


def test_the_line_tells_that_both_agree(shop: Connection) -> None:
    assert line(shop) == ("never", 0, 0, 0)
    compare(shop)
    assert line(shop) == ("agree", 3, 30, 0)


def test_the_line_tells_how_many_do_not(shop: Connection) -> None:
    shop.shop.place_order()
    compare(shop)
    assert line(shop) == ("drift", 4, 30, 1)


def test_the_line_tells_that_the_last_comparison_failed(shop: Connection) -> None:
    compare(shop)
    shop.shop.token = "withdrawn"
    compare(shop, NOON + HOUR)
    assert line(shop)[0] == "failed"


def test_each_store_has_its_quiet_minute_in_the_shops_own_night(shop: Connection) -> None:
    with tenant_context(shop.merchant):
        night = nightly.next_night(shop.store, NOON).astimezone(ZoneInfo("Asia/Seoul"))
        again = nightly.next_night(shop.store, night)
    assert 2 <= night.hour < 5
    assert again - night == timedelta(days=1)


def test_stores_are_compared_each_night(shop: Connection) -> None:
    shop.shop.place_order()
    drain(shop.merchant, NOON + timedelta(days=1))
    assert [kind for kind, _, _ in drifts(shop)] == ["missed"]
    drain(shop.merchant, NOON + timedelta(days=2))
    with tenant_context(shop.merchant):
        found = Pull.objects.filter(purpose="comparison")
        assert list(found.values_list("state", "started_by")) == [("done", SYSTEM.name)] * 2
        assert not AuditEntry.objects.filter(action="comparison.started").exists()


def test_a_disconnected_store_is_left_alone(shop: Connection) -> None:
    with tenant_context(shop.merchant):
        disconnect(shop.store, actor=OWNER, at=NOON)
    drain(shop.merchant, NOON + timedelta(days=1))
    with tenant_context(shop.merchant):
        assert not Pull.objects.filter(purpose="comparison").exists()


def test_a_comparison_that_hangs_makes_room_for_the_next_night(shop: Connection) -> None:
    with tenant_context(shop.merchant):
        pull = pulling.start_comparison(shop.store, actor=OWNER, at=NOON)
    shop.server.limit(times=1, retry_after="3600")
    worked(shop, pull, NOON)
    with tenant_context(shop.merchant):
        Pull.objects.update(next_try_at=None, state="paused")
    drain(shop.merchant, NOON + timedelta(days=1))
    with tenant_context(shop.merchant):
        assert list(Pull.objects.filter(purpose="comparison").order_by("pk").values_list("state", flat=True)) == [
            "stopped",
            "done",
        ]
        assert not Drift.objects.exists()
