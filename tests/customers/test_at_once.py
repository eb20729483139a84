"""The same at the same time, on connections of their own: one effect."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.identities import prove_email
from customers.models import Customer, Order
from customers.orders import apply_orders, apply_refunds
from customers.snapshots import OrderSnapshot
from loyalty import ledger
from loyalty.ledger import Earn
from staff.actors import SYSTEM
from storefront import inbox
from storefront.models import Delivery
from tenants.models import Merchant
from tests.customers.people import NOON, a_guest, a_refund, an_account, an_order
from tests.loyalty.members import earn, member, order_of
from tests.shops import NOW
from tests.storefront.sending import Sender
from tests.storefront.sending import an_order as a_document
from tests.threads import threads

pytestmark = pytest.mark.django_db(transaction=True)


def apply(merchant: Merchant, batch: list[OrderSnapshot]) -> None:
    with tenant_context(merchant), transaction.atomic():
        apply_orders(batch, at=NOON)


def prove(merchant: Merchant, email: str) -> int:
    with tenant_context(merchant), transaction.atomic():
        return prove_email(email, at=NOON, actor=SYSTEM).pk


def test_many_orders_of_a_new_account_make_one_customer(cafe: Merchant) -> None:
    with threads() as pool:
        for n in range(16):
            pool.start(apply, cafe, [an_order(str(n))])
    with tenant_context(cafe):
        assert (Customer.objects.count(), Order.objects.count()) == (1, 16)


def test_the_same_order_many_times_is_one_row(cafe: Merchant) -> None:
    with threads() as pool:
        for _ in range(16):
            pool.start(apply, cafe, [an_order()])
    with tenant_context(cafe):
        assert Order.objects.count() == 1


def test_a_guest_order_that_arrives_while_its_address_is_proven_is_not_missed(cafe: Merchant) -> None:
    with threads() as pool:
        for n in range(20):
            email = f"guest{n}@example.com"
            pool.start(apply, cafe, [an_order(str(n), buyer=a_guest(email=email))])
            pool.start(prove, cafe, email)
    with tenant_context(cafe):
        assert Order.objects.filter(customer=None).count() == 0


def test_one_address_proven_many_times_is_one_customer(cafe: Merchant) -> None:
    with threads() as pool:
        proven = [pool.start(prove, cafe, "one@example.com") for _ in range(16)]
    assert len({found.result() for found in proven}) == 1


def test_batches_that_share_orders_crosswise_do_not_block_each_other(cafe: Merchant) -> None:
    orders = [an_order(str(n), buyer=an_account(str(n % 5), email="", embedded=True)) for n in range(40)]
    with threads() as pool:
        done = [pool.start(apply, cafe, orders if n % 2 else orders[::-1]) for n in range(8)]
    assert all(found.exception() is None for found in done)


def test_a_delivery_sent_many_times_at_once_is_kept_once(cafe: Merchant) -> None:
    sender = Sender(cafe)
    body = json.dumps({"type": "order.paid", "data": a_document()}).encode()
    headers = sender.headers(body)
    with threads() as pool:
        sent = [pool.start(sender.post, body, headers) for _ in range(12)]
    assert Counter(answer.result().status_code for answer in sent) == {202: 1, 200: 11}


def test_two_workers_on_one_inbox_do_each_delivery_once(cafe: Merchant) -> None:
    sender = Sender(cafe)
    for n in range(30):
        sender.send("order.paid", a_document(id=str(n)))

    def work() -> None:
        with tenant_context(cafe):
            inbox.run(datetime.now(UTC))

    with threads() as pool:
        for _ in range(4):
            pool.start(work)
    with tenant_context(cafe):
        assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}
        assert Order.objects.count() == 30


def test_an_order_being_brought_up_stops_nobody_who_holds_its_members_balance(cafe: Merchant) -> None:
    """Points that mature write a journal of their order while they hold the balance: locked otherwise, a deadlock."""
    at = NOW + timedelta(days=2)
    with tenant_context(cafe):
        who = member()
        order = Order.objects.get(pk=order_of(who))
        earn(who, 100, order_id=order.pk, matures_at=NOW + timedelta(days=1))
    locked, adjusting = Event(), Event()

    def bring_up() -> None:
        with tenant_context(cafe), transaction.atomic():
            apply_refunds([a_refund(source=order.source, order_external_id=order.external_id)], at=at)
            locked.set()
            adjusting.wait(10)
            time.sleep(0.5)  # until the other waits for us, if it does
            ledger.earn([Earn(who, 5, "late", NOW, order_id=order.pk)], actor=SYSTEM, at=at)

    def adjust() -> None:
        with tenant_context(cafe), transaction.atomic():
            locked.wait(10)
            ledger.adjust(who, 7, reason="", actor=SYSTEM, key="adjust", at=at)
            adjusting.set()

    with threads(2) as pool:
        futures = [pool.start(bring_up), pool.start(adjust)]
    assert [future.result() for future in futures] == [None, None]
