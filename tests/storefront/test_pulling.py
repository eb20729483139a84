"""History by the store's API: page by page, paused and resumed, and in spite of everything that can go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers import events
from customers.models import Customer, Order
from staff.models import AuditEntry
from storefront import history, pulling
from storefront.asking import asking
from storefront.credentials import keep_credentials
from storefront.models import Pull
from storefront.platforms import shopify
from tenants.models import Merchant
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop
from tests.storefront.pulled import NOON, OWNER, orders, read_history, silent, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A Shopify shop with an account and five orders that we have never heard of, read two at a time."""
    monkeypatch.setattr(shopify, "PAGE", 2)
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as connection:
        silent(connection)
        minsu = connection.shop.register("Minsu", "minsu@example.com")
        for _ in range(5):
            connection.shop.place_order(("Beans", 12_000, 1), customer=minsu)
        yield connection


def start(shop: Connection) -> Pull:
    with tenant_context(shop.merchant), transaction.atomic():
        return pulling.start_history(shop.store, since=None, actor=OWNER, at=NOON)


def one_page(shop: Connection, pull: Pull) -> Pull:
    with tenant_context(shop.merchant):
        pulling.step(pull.pk, NOON)
        return Pull.objects.get(pk=pull.pk)


def test_history_brings_the_accounts_and_the_orders(shop: Connection) -> None:
    pull = read_history(shop)
    assert (pull.state, pull.counts) == ("done", {"customers": 1, "orders": 5, "new_orders": 5})
    assert set(orders(shop)) == set(shop.shop.orders)
    with tenant_context(shop.merchant):
        assert Customer.objects.get().name == "Minsu"
        assert Order.objects.filter(customer__name="Minsu").count() == 5


def test_history_begins_on_the_day_that_was_chosen(shop: Connection) -> None:
    shop.shop.now = OPENED + timedelta(days=3)
    late = shop.shop.place_order()
    pull = read_history(shop, since=OPENED + timedelta(days=2))
    assert (pull.state, list(orders(shop))) == ("done", [late.id])


def test_progress_is_told_page_by_page(shop: Connection) -> None:
    pull = start(shop)
    for _ in range(2):
        pull = one_page(shop, pull)
    assert (pull.state, pull.stage, pull.counts["orders"], pull.counts["customers"]) == ("running", "orders", 2, 1)
    assert pull.expected == 6


def test_a_paused_pull_reads_nothing_and_goes_on_where_it_was(shop: Connection) -> None:
    pull = one_page(shop, one_page(shop, start(shop)))
    with tenant_context(shop.merchant):
        pulling.pause(pull, actor=OWNER, at=NOON)
    asked = len(shop.server.asked)
    assert worked(shop, pull, NOON).state == "paused"
    assert len(shop.server.asked) == asked
    with tenant_context(shop.merchant):
        pulling.resume(pull, actor=OWNER, at=NOON)
    assert worked(shop, pull, NOON).state == "done"
    assert len(shop.server.asked) == asked + 2  # the two pages of orders that were left
    assert len(orders(shop)) == 5


def test_a_stopped_pull_is_over_and_keeps_what_was_read(shop: Connection) -> None:
    pull = one_page(shop, one_page(shop, start(shop)))
    with tenant_context(shop.merchant):
        pulling.stop(pull, actor=OWNER, at=NOON)
        with pytest.raises(pulling.NotPossible):
            pulling.resume(pull, actor=OWNER, at=NOON)
    assert worked(shop, pull, NOON).state == "stopped"
    assert len(orders(shop)) == 2


def test_a_page_that_two_workers_read_is_taken_once(shop: Connection) -> None:
    pull = one_page(shop, start(shop))
    with tenant_context(shop.merchant):
        slow = pulling._claimed(pull.pk, NOON)
        assert slow is not None
        with asking(slow.store, at=NOON) as reader:
            reading = history.read(slow, reader, NOON)
        Pull.objects.update(next_try_at=NOON)  # its two minutes have passed
        pulling.step(pull.pk, NOON)
        pulling._take(history, slow, reading, NOON)
        assert Pull.objects.get().counts["orders"] == 2


def test_a_pull_that_was_paused_while_a_page_was_read_takes_nothing(shop: Connection) -> None:
    pull = one_page(shop, start(shop))
    with tenant_context(shop.merchant):
        reader = pulling._claimed(pull.pk, NOON)
        assert reader is not None
        with asking(reader.store, at=NOON) as api:
            reading = history.read(reader, api, NOON)
        pulling.pause(pull, actor=OWNER, at=NOON)
        pulling._take(history, reader, reading, NOON)
    assert orders(shop) == {}


def test_it_waits_as_long_as_the_shop_asks_and_that_is_no_failure(shop: Connection) -> None:
    pull = start(shop)
    shop.server.limit(times=3, retry_after="30")
    pull = worked(shop, pull, NOON)
    assert (pull.state, pull.attempts, pull.next_try_at) == ("running", 0, NOON + timedelta(seconds=30))
    for minute in range(1, 4):
        pull = worked(shop, pull, NOON + timedelta(minutes=minute))
    assert pull.state == "done"


def test_errors_of_the_shop_are_tried_again_later_and_later(shop: Connection) -> None:
    pull = start(shop)
    shop.server.fail(times=2)
    pull = worked(shop, pull, NOON)
    assert (pull.state, pull.attempts, pull.next_try_at) == ("running", 1, NOON + timedelta(seconds=5))
    pull = worked(shop, pull, NOON + timedelta(seconds=5))
    assert (pull.attempts, pull.next_try_at) == (2, NOON + timedelta(seconds=25))
    pull = worked(shop, pull, NOON + timedelta(seconds=25))
    assert (pull.state, pull.attempts, pull.last_error) == ("done", 0, "")


def test_it_fails_after_the_last_try_says_why_and_can_be_resumed(shop: Connection) -> None:
    pull, at = start(shop), NOON
    shop.server.fail(times=9)
    for wait in (timedelta(0), *pulling.RETRIES):
        at += wait
        pull = worked(shop, pull, at)
    assert (pull.state, pull.next_try_at) == ("failed", None)
    assert pulling.trouble_of(pull.last_error)[0] == "The shop cannot answer at the moment."
    with tenant_context(shop.merchant):
        pulling.resume(pull, actor=OWNER, at=at)
    assert worked(shop, pull, at).state == "done"


def test_a_key_that_is_not_accepted_fails_at_once(shop: Connection) -> None:
    with tenant_context(shop.merchant):
        keep_credentials(shop.store, {"access_token": "wrong"}, actor=OWNER, at=NOON)
    pull = read_history(shop)
    assert (pull.state, pulling.trouble_of(pull.last_error)[0][:32]) == ("failed", "The shop does not accept the key")


def test_without_a_key_it_says_so(shop: Connection) -> None:
    with tenant_context(shop.merchant):
        keep_credentials(shop.store, {}, actor=OWNER, at=NOON)
    pull = read_history(shop)
    assert (pull.state, pull.last_error) == ("failed", "no_credentials")


def test_an_order_that_cannot_be_applied_is_listed_and_stops_nobody(shop: Connection) -> None:
    poisoned = next(iter(shop.shop.orders))

    @events.subscribe("order.changed", name="tests.poison")
    def fail(batch: Sequence[events.Happened], at: datetime) -> None:
        if Order.objects.filter(pk__in=[h.subject_id for h in batch], external_id=poisoned).exists():
            raise RuntimeError("cannot digest it")

    try:
        pull = read_history(shop)
    finally:
        del events._subscribers["order.changed"]["tests.poison"]
    assert pull.state == "done"
    assert pull.counts["troubled"] == [[poisoned, "RuntimeError"]]
    assert set(orders(shop)) == set(shop.shop.orders) - {poisoned}


def test_reading_twice_changes_nothing(shop: Connection) -> None:
    read_history(shop)
    before = {key: order.changed_at for key, order in orders(shop).items()}
    pull = read_history(shop, NOON + timedelta(days=1))
    assert pull.counts == {"customers": 1, "orders": 5, "new_orders": 0}
    assert {key: order.changed_at for key, order in orders(shop).items()} == before


def test_a_second_one_is_refused_while_the_first_is_under_way(shop: Connection) -> None:
    start(shop)
    with pytest.raises(pulling.AlreadyUnderWay):
        start(shop)


def test_a_slow_or_failing_store_does_not_hold_up_another(shop: Connection, cafe: Merchant) -> None:
    with connected(cafe, ShopifyShop(now=OPENED), at=NOON) as other:
        silent(other)
        other.shop.place_order()
        first = start(shop)
        shop.server.fail(times=100)
        second = read_history(other)
        assert (second.state, len(orders(other))) == ("done", 1)
        assert worked(shop, first, NOON).state == "running"


def test_what_people_do_is_in_the_trail(shop: Connection) -> None:
    pull = start(shop)
    with tenant_context(shop.merchant):
        pulling.pause(pull, actor=OWNER, at=NOON)
        pulling.resume(pull, actor=OWNER, at=NOON)
        pulling.stop(pull, actor=OWNER, at=NOON)
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-4:] == ["history.started", "pull.paused", "pull.resumed", "pull.stopped"]
