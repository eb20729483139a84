"""What a person may ask of the shop: what is kept about them, and to be erased."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_tenants.utils import tenant_context

from customers.events import Happened, record
from customers.identities import apply_customers, prove_email
from customers.merging import merge
from customers.models import Customer
from customers.orders import apply_orders
from portal.models import ShopperSession
from portal.sessions import begin
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.customers.people import an_account, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(as_owner: Client) -> None:
    as_owner.cookies["language"] = "en"


def url(name: str, customer: Customer) -> str:
    return reverse(f"backoffice:{name}", args=[customer.pk])


@pytest.fixture
def minsu(cafe: Merchant, now: datetime) -> Customer:
    with tenant_context(cafe), transaction.atomic():
        apply_orders([an_order()], at=now)
        return Customer.objects.get()


class TestTheirData:
    def test_it_is_a_file_with_all_that_is_kept(self, as_owner: Client, minsu: Customer) -> None:
        answer = as_owner.get(url("customer_data", minsu))
        told = json.loads(answer.content)
        assert (told["customer"]["email"], told["orders"][0]["number"]) == ("minsu@example.com", "#1001")
        assert answer["Content-Disposition"] == f'attachment; filename="customer-{minsu.pk}.json"'

    def test_the_trail_says_who_took_it(self, as_owner: Client, minsu: Customer, cafe: Merchant) -> None:
        as_owner.get(url("customer_data", minsu))
        with tenant_context(cafe):
            assert AuditEntry.objects.filter(action="customer.reported", object_id=minsu.pk).exists()

    def test_a_cashier_may_not_have_it(self, as_colleague: Client, minsu: Customer) -> None:
        assert as_colleague.get(url("customer_data", minsu)).status_code == 403


class TestErasing:
    def test_the_page_says_what_goes_and_what_stays(self, as_owner: Client, minsu: Customer) -> None:
        assert "This cannot be undone." in as_owner.get(url("customer_erase", minsu)).content.decode()

    def test_it_erases_and_shows_the_list(self, as_owner: Client, minsu: Customer, cafe: Merchant) -> None:
        answer = as_owner.post(url("customer_erase", minsu), follow=True)
        assert "The customer was erased." in answer.content.decode()
        assert "김민수" not in answer.content.decode()
        with tenant_context(cafe):
            minsu.refresh_from_db()
        assert (minsu.name, bool(minsu.erased_at)) == ("", True)

    def test_the_page_of_who_was_erased_still_opens(self, as_owner: Client, minsu: Customer) -> None:
        as_owner.post(url("customer_note", minsu), {"text": "Likes it strong"})
        as_owner.post(url("customer_erase", minsu))
        page = as_owner.get(url("customer", minsu))
        assert page.status_code == 200
        assert "Likes it strong" not in page.content.decode()

    def test_a_cashier_may_not(self, as_colleague: Client, minsu: Customer) -> None:
        assert as_colleague.post(url("customer_erase", minsu)).status_code == 403

    def test_they_are_signed_out(self, as_owner: Client, cafe: Merchant, now: datetime) -> None:
        with tenant_context(cafe), transaction.atomic():
            sora = prove_email("sora@example.com", at=now, actor=SYSTEM)
            begin(sora, user_agent="", at=now)
        as_owner.post(url("customer_erase", sora))
        with tenant_context(cafe):
            assert not ShopperSession.objects.exists()


def test_the_page_of_who_became_part_of_another_leads_there(
    as_owner: Client, minsu: Customer, cafe: Merchant, now: datetime
) -> None:
    with tenant_context(cafe), transaction.atomic():
        [other] = apply_customers([an_account("8", email="")], at=now)
        merge(other, minsu, actor=SYSTEM, at=now)
    assert as_owner.get(url("customer", other))["Location"] == url("customer", minsu)


def test_what_a_person_asked_stands_in_their_past(
    as_owner: Client, minsu: Customer, cafe: Merchant, now: datetime
) -> None:
    with tenant_context(cafe), transaction.atomic():
        record([Happened("customer.data_requested", now, customer_id=minsu.pk)], at=now)
    assert "Asked what is kept about them" in as_owner.get(url("customer", minsu)).content.decode()
