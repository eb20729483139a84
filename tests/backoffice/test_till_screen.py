"""The customer's own screen: tied by a code, and learning nothing but what staff have opened."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Customer
from staff.models import Role
from tenants.models import Merchant
from tests.backoffice.tilling import a_regular, a_till_programme, buy, with_pin

pytestmark = pytest.mark.django_db
SCREEN, STATE = "/backoffice/till/customer/", "/backoffice/till/customer/state/"


@pytest.fixture
def regular(cafe: Merchant) -> Customer:
    a_till_programme(cafe)
    return a_regular(cafe)


@pytest.fixture
def tied(as_colleague: Client, as_nobody: Client) -> Client:
    """A second device, tied to the cashier's till."""
    page = as_colleague.post("/backoffice/till/pair/").content.decode()
    found = re.search(r"(\d{3}) (\d{3})", page)
    assert found
    assert as_nobody.post(SCREEN, {"code": found[1] + found[2]}).status_code == 302
    return as_nobody


def type_number(screen: Client, phone: str) -> str:
    answer = screen.post(SCREEN, {"phone": phone})
    assert answer.status_code == 200
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", answer.content.decode())


def test_without_a_code_a_screen_shows_nothing(as_nobody: Client, regular: Customer) -> None:
    assert b'name="code"' in as_nobody.get(SCREEN).content
    assert as_nobody.post(SCREEN, {"phone": "01012345678"}).status_code == 422
    assert as_nobody.get(STATE).status_code == 204


def test_a_code_works_once(tied: Client, cafe: Merchant, as_colleague: Client) -> None:
    page = as_colleague.post("/backoffice/till/pair/").content.decode()
    code = "".join(re.search(r"(\d{3}) (\d{3})", page).groups())  # type: ignore[union-attr]
    devices = [Client(headers={"host": cafe.host}) for _ in range(2)]
    assert [device.post(SCREEN, {"code": code}).status_code for device in devices] == [302, 422]


def test_guessing_codes_is_stopped(as_nobody: Client, cafe: Merchant) -> None:
    answers = [as_nobody.post(SCREEN, {"code": f"{number:06}"}).status_code for number in range(12)]
    assert answers[-1] == 429


def test_a_known_and_an_unknown_number_get_the_same_answer(tied: Client, regular: Customer) -> None:
    assert type_number(tied, "010-1234-5678") == type_number(tied, "010-9999-9999")
    assert tied.get(STATE).status_code == 204


def test_the_till_hears_of_the_number(tied: Client, as_colleague: Client, regular: Customer) -> None:
    assert as_colleague.get("/backoffice/till/waiting/?seen=").status_code == 204
    type_number(tied, "010-1234-5678")
    page = as_colleague.get("/backoffice/till/waiting/?seen=").content.decode()
    assert "김*서" in page
    assert f"/backoffice/till/members/{regular.pk}/" in page


def test_the_screen_shows_a_masked_name_once_staff_opened_the_member(
    tied: Client, as_colleague: Client, regular: Customer
) -> None:
    type_number(tied, "010-1234-5678")
    as_colleague.get(f"/backoffice/till/members/{regular.pk}/")
    page = tied.get(STATE).content.decode()
    assert "김*서" in page
    assert "1,000 P" in page
    assert "김민서" not in page
    assert "5678" not in page


def test_the_screen_shows_the_points_after_a_purchase(tied: Client, as_colleague: Client, regular: Customer) -> None:
    buy(as_colleague, regular)
    assert "1,120 P" in tied.get(STATE).content.decode()


def test_too_many_numbers_are_stopped(tied: Client) -> None:
    answers = [tied.post(SCREEN, {"phone": "01012345678"}).status_code for _ in range(21)]
    assert answers[-1] == 429


def test_what_is_no_number_is_refused(tied: Client) -> None:
    assert tied.post(SCREEN, {"phone": "12"}).status_code == 422


def test_a_screen_of_one_shop_means_nothing_at_another(tied: Client, bikes: Merchant) -> None:
    away = Client(headers={"host": bikes.host})
    away.cookies = tied.cookies
    assert b'name="code"' in away.get(SCREEN).content


def test_a_tablet_turned_around_shows_customers_nothing_else(
    as_owner: Client, cafe: Merchant, regular: Customer
) -> None:
    with_pin(cafe, Role.OWNER)
    as_owner.get("/backoffice/till/")
    assert as_owner.post("/backoffice/till/turn/").status_code == 302
    assert b'name="phone"' in as_owner.get(SCREEN).content
    assert as_owner.get("/backoffice/till/").status_code == 423
    assert as_owner.get(f"/backoffice/till/members/{regular.pk}/").status_code == 423
    assert as_owner.get("/backoffice/").status_code == 302


def test_a_till_that_was_left_lets_its_screen_go(tied: Client, as_colleague: Client) -> None:
    as_colleague.post("/backoffice/till/leave/")
    assert b'name="code"' in tied.get(SCREEN).content


def test_enrolling_what_was_typed_takes_one_touch(tied: Client, as_colleague: Client, cafe: Merchant) -> None:
    a_till_programme(cafe)
    type_number(tied, "010-2222-3333")
    page = as_colleague.get("/backoffice/till/waiting/?seen=").content.decode()
    assert 'value="+821022223333"' in page
    with tenant_context(cafe):
        assert not Customer.objects.filter(phone="+821022223333").exists()
