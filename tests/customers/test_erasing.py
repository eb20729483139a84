"""A person is erased, and nothing that arrives later brings them back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from customers.consents import allows, record_consent
from customers.erasing import apply_erasures, erase, report
from customers.identities import apply_customers, prove_email
from customers.models import Customer, Event, Identity, Order
from customers.orders import apply_orders
from customers.snapshots import ErasureSnapshot
from staff.actors import SYSTEM
from storefront.agreement import differences, stated
from tenants.models import Merchant
from tests.customers.people import NOON, a_guest, after, an_account, an_order

pytestmark = pytest.mark.usefixtures("in_cafe")
REQUEST = ErasureSnapshot("st_1", "7", "minsu@example.com", "", ("1001",), NOON)
PERSONAL = ("김민수", "minsu@example.com", '"7"')


def stored() -> str:
    """Everything that is known of customers and orders, as text."""
    rows = [
        *Customer.objects.values(),
        *Identity.objects.values(),
        *Event.objects.values("data"),
        *Order.objects.values("buyer_external_id", "buyer_name", "guest_email", "guest_phone"),
    ]
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)


def known() -> bool:
    return any(word in stored() for word in PERSONAL)


def test_who_it_was_is_forgotten_and_the_books_stay(in_cafe: Merchant) -> None:
    apply_orders([an_order()], at=NOON)
    assert known()
    apply_erasures([REQUEST], at=after(1))
    assert not known()
    assert Order.objects.get().total == 12_000


def test_late_news_brings_nobody_back(in_cafe: Merchant) -> None:
    apply_orders([an_order()], at=NOON)
    apply_erasures([REQUEST], at=after(1))
    apply_customers([an_account(updated_at=after(2))], at=after(2))
    newer = an_order(updated_at=after(3), total=9_000, subtotal=9_000)
    apply_orders([newer, an_order("1002", updated_at=after(3))], at=after(3))
    assert not known()
    assert [o.total for o in Order.objects.order_by("external_id")] == [9_000, 12_000]
    assert Order.objects.get(external_id="1002").customer is None


def test_a_comparison_does_not_miss_who_was_erased(in_cafe: Merchant) -> None:
    apply_orders([an_order()], at=NOON)
    apply_erasures([REQUEST], at=after(1))
    apply_orders([an_order("1002", updated_at=after(3))], at=after(3))
    for order in Order.objects.all():
        assert differences(order, stated(an_order(order.external_id))) == {}


def test_the_request_may_come_before_all_else(in_cafe: Merchant) -> None:
    apply_erasures([REQUEST], at=NOON)
    apply_customers([an_account()], at=after(1))
    apply_orders([an_order(), an_order("1002")], at=after(1))
    assert not known()


def test_a_guest_is_forgotten_by_address_and_orders(in_cafe: Merchant) -> None:
    apply_orders([an_order(buyer=a_guest())], at=NOON)
    apply_erasures([replace(REQUEST, external_id="")], at=after(1))
    apply_orders([an_order(buyer=a_guest(), updated_at=after(2))], at=after(2))
    assert not known()


def test_an_account_opened_anew_is_a_new_customer(in_cafe: Merchant) -> None:
    apply_customers([an_account()], at=NOON)
    apply_erasures([REQUEST], at=after(1))
    [back] = apply_customers([an_account(created_at=after(5), updated_at=after(5))], at=after(5))
    assert (back.name, back.erased_at) == ("김민수", None)
    apply_orders([an_order("1003", updated_at=after(6))], at=after(6))
    assert back.orders.count() == 1


def test_a_person_may_come_back_by_proving_their_address(in_cafe: Merchant) -> None:
    first = prove_email("minsu@example.com", at=NOON, actor=SYSTEM)
    erase(first, actor=SYSTEM, at=after(1))
    assert prove_email("minsu@example.com", at=after(2), actor=SYSTEM) != first


def test_what_was_allowed_is_withdrawn_and_stays_proven(in_cafe: Merchant) -> None:
    [customer] = apply_customers([an_account()], at=NOON)
    record_consent(customer, channel="email", purpose="advertising", granted=True, at=NOON, source="portal")
    erase(customer, actor=SYSTEM, at=after(1))
    assert not allows(customer, "email", "advertising")
    assert customer.consents.count() == 2


def test_erasing_twice_is_erasing_once(in_cafe: Merchant) -> None:
    apply_customers([an_account()], at=NOON)
    apply_erasures([REQUEST, REQUEST], at=after(1))
    assert Event.objects.filter(kind="customer.erased").count() == 1
    assert not Customer.objects.present().exists()


def test_a_request_for_a_report_erases_nothing_and_is_noted(in_cafe: Merchant) -> None:
    [customer] = apply_customers([an_account()], at=NOON)
    assert apply_erasures([replace(REQUEST, only_report=True)], at=after(1)) == [customer]
    assert known()
    assert Event.objects.filter(kind="customer.data_requested", customer=customer).exists()


def test_a_report_names_all_that_is_kept(in_cafe: Merchant) -> None:
    apply_orders([an_order()], at=NOON + timedelta(minutes=1))
    told = report(Customer.objects.get())
    assert told["customer"]["email"] == "minsu@example.com"
    assert [order["external_id"] for order in told["orders"]] == ["1001"]
    assert told["accounts_and_proven_addresses"] == [{"kind": "store", "source": "st_1", "value": "7"}]
