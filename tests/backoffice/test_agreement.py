"""The pages of a storefront's past and of the agreement: started, shown, repaired and undone by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Order
from loyalty.models import Backdating, Balance
from storefront.models import Drift, Pull
from tenants.alarms import drain
from tenants.models import Merchant
from tests.loyalty.orders import publish
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop
from tests.storefront.pulled import compare, read_history, silent

pytestmark = pytest.mark.django_db

NOON = OPENED + timedelta(days=5, hours=3)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def shop(cafe: Merchant) -> Iterator[Connection]:
    """A Shopify shop with two orders of a member, from before the programme."""
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as connection:
        silent(connection)
        minsu = connection.shop.register("Minsu", "minsu@example.com")
        for _ in range(2):
            connection.shop.place_order(("Beans", 12_000, 1), customer=minsu)
        yield connection


def url(shop: Connection, path: str) -> str:
    return f"/backoffice/storefronts/{shop.store.public_id}/{path}"


def seen(client: Client, shop: Connection, path: str, **options: Any) -> str:
    answer = client.get(url(shop, path), **options)
    assert answer.status_code == 200
    return str(answer.content.decode())


def post(client: Client, shop: Connection, path: str, data: dict[str, Any] | None = None) -> Any:
    return client.post(url(shop, path), data or {}, headers={"accept-language": "en"})


def work(shop: Connection) -> None:
    drain(shop.merchant, NOON)


def english(client: Client) -> Client:
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def owner_client(as_owner: Client) -> Client:
    return english(as_owner)


# ── History ─────────────────────────────────────────────────────────────────────────────────────


def test_the_owner_starts_reading_and_sees_it_end(owner_client: Client, shop: Connection) -> None:
    assert post(owner_client, shop, "history/start/").status_code == 302
    running = seen(owner_client, shop, "history/")
    assert 'hx-trigger="every 2s"' in running
    work(shop)
    done = seen(owner_client, shop, "history/", headers={"hx-target": "div#reading", "hx-request": "true"})
    assert "every 2s" not in done
    assert "2 orders" in done
    with tenant_context(shop.merchant):
        assert Order.objects.count() == 2


def test_it_is_paused_gone_on_with_and_stopped(owner_client: Client, shop: Connection) -> None:
    post(owner_client, shop, "history/start/")
    with tenant_context(shop.merchant):
        pull = Pull.objects.get()
    for what, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert post(owner_client, shop, f"pulls/{pull.pk}/{what}/").status_code == 302
        with tenant_context(shop.merchant):
            assert Pull.objects.get().state == state
        seen(owner_client, shop, "history/")


def test_a_day_in_the_future_is_refused(owner_client: Client, shop: Connection) -> None:
    answer = post(owner_client, shop, "history/start/", {"since": "2099-01-01"})
    assert answer.status_code == 422
    with tenant_context(shop.merchant):
        assert not Pull.objects.exists()


def test_a_colleague_may_not_start_it(as_colleague: Client, as_manager: Client, shop: Connection) -> None:
    assert post(as_colleague, shop, "history/start/").status_code == 403
    assert post(as_manager, shop, "history/start/").status_code == 403
    assert as_colleague.get(url(shop, "history/")).status_code == 403


# ── Points for the past ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def read(shop: Connection) -> Connection:
    with tenant_context(shop.merchant):
        publish(at=NOON - timedelta(hours=1), hold_days=0)
    read_history(shop, NOON)
    return shop


def the_backdating(shop: Connection) -> Backdating:
    with tenant_context(shop.merchant):
        return Backdating.objects.get()


@pytest.mark.parametrize("kind", ["orders", "opening"])
def test_points_for_the_past_are_counted_given_and_taken_back(
    owner_client: Client, read: Connection, kind: str
) -> None:
    assert post(owner_client, read, "history/count/", {"kind": kind}).status_code == 302
    work(read)
    assert "240" in seen(owner_client, read, "history/")
    path = f"history/past/{the_backdating(read).pk}"
    post(owner_client, read, f"{path}/give/")
    work(read)
    with tenant_context(read.merchant):
        assert [balance.available for balance in Balance.objects.all()] == [240]
    assert "1 member loses 240 points" in seen(owner_client, read, "history/")
    post(owner_client, read, f"{path}/back/")
    work(read)
    with tenant_context(read.merchant):
        assert [balance.available for balance in Balance.objects.all()] == [0]


def test_without_a_programme_nothing_can_be_counted(owner_client: Client, shop: Connection) -> None:
    post(owner_client, shop, "history/count/", {"kind": "orders"})
    assert "Publish it first" in seen(owner_client, shop, "history/")
    with tenant_context(shop.merchant):
        assert not Backdating.objects.exists()


def test_what_was_counted_can_be_put_away(owner_client: Client, read: Connection) -> None:
    post(owner_client, read, "history/count/", {"kind": "orders"})
    post(owner_client, read, f"history/past/{the_backdating(read).pk}/away/")
    with tenant_context(read.merchant):
        assert not Backdating.objects.exists()


# ── Agreement ───────────────────────────────────────────────────────────────────────────────────


def the_drift(shop: Connection) -> Drift:
    with tenant_context(shop.merchant):
        return Drift.objects.get()


def test_a_comparison_is_asked_for_and_says_that_both_agree(owner_client: Client, read: Connection) -> None:
    assert post(owner_client, read, "agreement/compare/").status_code == 302
    assert "every 2s" in seen(owner_client, read, "agreement/")
    work(read)
    assert "All 2 orders of the last 30 days agree" in seen(owner_client, read, "agreement/")


@pytest.fixture
def lost(read: Connection) -> Connection:
    """One order was placed since, and we have not heard of it: it would earn 120 points."""
    read.shop.now = NOON - timedelta(minutes=30)
    read.shop.place_order(("Beans", 12_000, 1), customer=next(iter(read.shop.customers.values())))
    compare(read, NOON)
    return read


def test_a_missed_order_is_listed_with_its_points(owner_client: Client, lost: Connection) -> None:
    page = seen(owner_client, lost, "agreement/")
    assert the_drift(lost).number in page
    assert "Missing here" in page
    assert "1 order does not agree" in page


def test_the_dry_run_shows_orders_and_points_and_changes_nothing(owner_client: Client, lost: Connection) -> None:
    page = seen(owner_client, lost, "agreement/dry-run/")
    assert "Repair 1 order" in page
    assert "<strong>120</strong>" in page
    with tenant_context(lost.merchant):
        assert Order.objects.count() == 2


@pytest.mark.parametrize("choice", ["all", "chosen"])
def test_it_is_repaired_in_one_click(owner_client: Client, lost: Connection, choice: str) -> None:
    data = {"all": "yes"} if choice == "all" else {"drift": [the_drift(lost).pk]}
    assert post(owner_client, lost, "agreement/repair/", data).status_code == 302
    work(lost)
    with tenant_context(lost.merchant):
        assert Order.objects.count() == 3
        assert [balance.available for balance in Balance.objects.all()] == [120]
    assert "Nothing matches" not in seen(owner_client, lost, "agreement/")
    assert the_drift(lost).number in seen(owner_client, lost, "agreement/?show=settled")


def test_it_is_left_as_it_is_with_a_reason_and_taken_up_again(owner_client: Client, lost: Connection) -> None:
    pk = the_drift(lost).pk
    post(owner_client, lost, "agreement/leave/", {"drift": [pk], "reason": "a gift of ours"})
    assert "a gift of ours" in seen(owner_client, lost, "agreement/?show=left")
    post(owner_client, lost, f"agreement/{pk}/take-up/")
    assert the_drift(lost).put_aside_at is None


def test_an_order_the_store_does_not_know_is_counted_as_cancelled_and_back(
    owner_client: Client, read: Connection
) -> None:
    read.shop.orders.popitem()
    compare(read, NOON)
    pk = the_drift(read).pk
    assert "Count as cancelled" in seen(owner_client, read, "agreement/")
    post(owner_client, read, f"agreement/{pk}/cancel/")
    with tenant_context(read.merchant):
        assert Order.objects.filter(state="cancelled").count() == 1
    post(owner_client, read, f"agreement/{pk}/restore/")
    with tenant_context(read.merchant):
        assert not Order.objects.filter(state="cancelled").exists()


def test_the_list_is_filtered_by_kind(owner_client: Client, lost: Connection) -> None:
    assert the_drift(lost).number in seen(owner_client, lost, "agreement/?kind=missed")
    assert the_drift(lost).number not in seen(owner_client, lost, "agreement/?kind=extra")


def test_an_analyst_looks_and_a_manager_repairs(as_analyst: Client, as_manager: Client, lost: Connection) -> None:
    assert as_analyst.get(url(lost, "agreement/")).status_code == 200
    assert post(as_analyst, lost, "agreement/repair/", {"all": "yes"}).status_code == 403
    assert post(as_manager, lost, "agreement/repair/", {"all": "yes"}).status_code == 302


def test_another_stores_drift_cannot_be_decided_here(owner_client: Client, lost: Connection, cafe: Merchant) -> None:
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as other:
        answer = post(owner_client, other, f"agreement/{the_drift(lost).pk}/take-up/")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["agreement/1/nonsense/", "pulls/1/nonsense/", "history/past/1/nonsense/"])
def test_unknown_acts_are_not_found(owner_client: Client, shop: Connection, path: str) -> None:
    assert post(owner_client, shop, path).status_code == 404
