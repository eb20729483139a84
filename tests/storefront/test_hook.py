"""The hook: what is answered to whom, and what is kept."""

from __future__ import annotations

import pytest
from django_tenants.utils import tenant_context

from customers.models import Order
from tenants.models import Merchant
from tests.storefront.sending import Sender, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(cafe: Merchant) -> Sender:
    return Sender(cafe)


def test_it_accepts_a_signed_order(sender: Sender) -> None:
    answer = sender.send("order.paid", an_order())
    assert answer.status_code == 202, answer.content
    [delivery] = sender.deliveries()
    assert (delivery.state, delivery.topic, delivery.subject) == ("new", "order.paid", "1001")


def test_the_worker_makes_it_an_order(sender: Sender, cafe: Merchant) -> None:
    sender.send("order.paid", an_order())
    sender.work()
    [delivery] = sender.deliveries()
    assert delivery.state == "done", (delivery.reason, delivery.errors)
    with tenant_context(cafe):
        order = Order.objects.get()
    assert (order.total, order.customer_id) == (12_000, delivery.customer_id)
