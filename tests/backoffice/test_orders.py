"""Orders: the list, and one order with its points and the rules frozen for it."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Order
from customers.orders import apply_refunds
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_delivery, a_programme, a_refund, a_store, an_order

pytestmark = pytest.mark.django_db
LIST = "/backoffice/orders/"


@pytest.fixture
def order(cafe: Merchant) -> Order:
    a_programme(cafe, timezone.now())
    return an_order(cafe, timezone.now() - DAY)


def page(client: Client, path: str = LIST, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


def test_a_colleague_sees_orders(as_colleague: Client, order: Order) -> None:
    assert "1001" in page(as_colleague)


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client, order: Order) -> None:
    assert as_outsider.get(f"{LIST}{order.pk}/").status_code == 302


def test_an_empty_list_says_how_orders_come(as_owner: Client) -> None:
    assert "No orders yet" in page(as_owner)


def test_it_finds_by_number(cafe: Merchant, as_owner: Client, order: Order) -> None:
    other = an_order(cafe, timezone.now(), number="2002")
    text = page(as_owner, f"{LIST}?q=2002")
    assert f"{LIST}{other.pk}/" in text
    assert f"{LIST}{order.pk}/" not in text


def test_it_filters_by_state(as_owner: Client, order: Order) -> None:
    assert "Clear filters" in page(as_owner, f"{LIST}?state=cancelled")
    assert f"{LIST}{order.pk}/" in page(as_owner, f"{LIST}?state=paid")


def test_live_search_gets_only_the_results(as_owner: Client, order: Order) -> None:
    assert "<html" not in page(as_owner, LIST, **{"HX-Target": "div#results", "HX-Request": "true"})


def test_an_order_shows_its_lines(as_owner: Client, order: Order) -> None:
    text = page(as_owner, f"{LIST}{order.pk}/")
    assert "아메리카노" in text
    assert "₩12,000" in text


def test_points_stand_with_their_sum_and_the_frozen_rules(as_owner: Client, order: Order) -> None:
    text = page(as_owner, f"{LIST}{order.pk}/")
    assert "₩12,000 spent × 1% = 120 points" in text
    assert "rules of version 1" in text


def test_a_refund_stands_with_what_was_taken_back(cafe: Merchant, as_owner: Client, order: Order) -> None:
    with tenant_context(cafe), transaction.atomic():
        apply_refunds([a_refund("1001", timezone.now(), total=2000)], at=timezone.now())
    text = page(as_owner, f"{LIST}{order.pk}/")
    assert "식었어요" in text
    assert "−20 P" in text


def test_a_refund_without_its_order_is_shown(cafe: Merchant, as_owner: Client) -> None:
    with tenant_context(cafe), transaction.atomic():
        (placeholder,) = apply_refunds([a_refund("9", timezone.now(), total=2000)], at=timezone.now())
    text = page(as_owner, f"{LIST}{placeholder.pk}/")
    assert "Only a refund has arrived so far" in text
    assert as_owner.get(LIST).status_code == 200


def test_a_cashier_does_not_see_its_deliveries(cafe: Merchant, as_colleague: Client, order: Order) -> None:
    delivery = a_delivery(cafe, a_store(cafe, timezone.now()), timezone.now(), order_id=order.pk)
    assert f"/backoffice/deliveries/{delivery.pk}/" not in page(as_colleague, f"{LIST}{order.pk}/")


@pytest.mark.parametrize("pk", ["999999", "9" * 30])
def test_an_unknown_order_is_not_found(as_owner: Client, pk: str) -> None:
    assert as_owner.get(f"{LIST}{pk}/").status_code == 404


def test_the_list_needs_few_queries(cafe: Merchant, as_owner: Client, queries_of: Callable[..., int]) -> None:
    for number in range(20):
        an_order(cafe, timezone.now(), number=str(number))
    assert queries_of(as_owner, LIST) <= 6
