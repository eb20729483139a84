"""The page of the liability: figures, charts with their tables, and the months that add up."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from loyalty import ledger
from loyalty.ledger import Earn
from staff.actors import SYSTEM
from staff.models import Role
from tenants.models import Merchant
from tests.conftest import client_of, staff_of
from tests.loyalty.members import member
from tests.loyalty.orders import publish

pytestmark = pytest.mark.django_db

URL = "/backoffice/liability/"


@pytest.fixture
def trade(cafe: Merchant, now: datetime) -> None:
    with tenant_context(cafe):
        publish(worth_of_100=50)
        ledger.earn([Earn(member(), 12_000, "e", now)], actor=SYSTEM, at=now)


def test_it_says_what_is_outstanding_and_what_it_is_worth(as_owner: Client, trade: None) -> None:
    page = as_owner.get(URL).content.decode()
    assert "12,000" in page
    assert "6,000원" in page


def test_a_day_before_has_the_books_of_that_day(as_owner: Client, trade: None) -> None:
    page = as_owner.get(f"{URL}?day=2020-05-05").content.decode()
    assert 'value="2020-05-05"' in page
    assert "12,000" not in page


@pytest.mark.parametrize("day", ["nonsense", "2026-02-31", "9999-01-01", "0001-01-01", ""])
def test_a_day_that_makes_no_sense_is_today(as_owner: Client, trade: None, day: str) -> None:
    assert "12,000" in as_owner.get(f"{URL}?day={day}").content.decode()


def test_an_empty_shop_is_told_what_comes(as_owner: Client) -> None:
    answer = as_owner.get(URL)
    assert answer.status_code == 200
    assert answer.context["is_empty"]


def test_an_analyst_sees_it_and_a_cashier_does_not(cafe: Merchant, as_colleague: Client, trade: None) -> None:
    assert client_of(cafe, staff_of(cafe, Role.ANALYST)).get(URL).status_code == 200
    assert as_colleague.get(URL).status_code == 403
