"""Who stands at the till: locking, taking over by PIN, and what such a browser can't do."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from staff import pins
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role, User
from tenants.models import Merchant
from tests.backoffice.tilling import PINS, a_regular, a_till_programme, buy, take_over, with_pin
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db
TILL, OFFICE = "/backoffice/till/", ("/backoffice/", "/backoffice/orders/", "/account/me/", "/account/pin/")


@pytest.fixture
def cashier(cafe: Merchant) -> User:
    return with_pin(cafe, Role.CASHIER)


@pytest.fixture
def regular(cafe: Merchant) -> Customer:
    a_till_programme(cafe)
    return a_regular(cafe)


def lock(client: Client) -> int:
    client.get(TILL)
    return client.post(TILL + "lock/").status_code


def test_whoever_opens_the_till_may_go_back_to_the_office(as_owner: Client, cashier: User) -> None:
    as_owner.get(TILL)
    assert [as_owner.get(path).status_code for path in OFFICE] == [200] * 4
    assert as_owner.get(TILL).status_code == 200


def test_a_locked_till_does_nothing(as_owner: Client, cashier: User, regular: Customer) -> None:
    assert lock(as_owner) == 423
    assert as_owner.get(TILL).status_code == 423
    assert buy(as_owner, regular).status_code == 423
    assert as_owner.get(f"{TILL}members/{regular.pk}/").status_code == 423


def test_a_cashier_who_takes_over_the_owners_browser_gets_nothing_of_the_office(
    as_owner: Client, cafe: Merchant, cashier: User
) -> None:
    as_owner.get(TILL)
    assert take_over(as_owner, cashier).status_code == 302
    for path in OFFICE:
        answer = as_owner.get(path)
        assert (answer.status_code, answer["Location"]) == (302, TILL + "leave/")
    answer = as_owner.post("/backoffice/staff/invite/", {"email": "me@example.com", "role": "owner"})
    assert answer["Location"] == TILL + "leave/"


def test_also_a_locked_browser_is_kept_out_of_the_office(as_owner: Client, cashier: User) -> None:
    lock(as_owner)
    assert {as_owner.get(path).status_code for path in OFFICE} == {302}


def test_what_is_done_is_done_by_whoever_showed_the_pin(
    as_owner: Client, cafe: Merchant, cashier: User, regular: Customer
) -> None:
    as_owner.get(TILL)
    take_over(as_owner, cashier)
    assert buy(as_owner, regular).status_code == 200
    with tenant_context(cafe):
        assert AuditEntry.objects.get(action="till.purchase").actor_id == cashier.pk
        assert AuditEntry.objects.get(action="till.person_changed").actor_id == cashier.pk


def test_the_password_of_whoever_signed_in_opens_the_office_again(as_owner: Client, cashier: User) -> None:
    lock(as_owner)
    assert as_owner.post(TILL + "leave/", {"password": "wrong"}).status_code == 422
    assert as_owner.get("/backoffice/").status_code == 302
    assert as_owner.post(TILL + "leave/", {"password": "correct horse battery"}).status_code == 302
    assert as_owner.get("/backoffice/").status_code == 200


def test_a_pin_of_their_own_does_not_open_the_office(as_owner: Client, cafe: Merchant) -> None:
    owner = with_pin(cafe, Role.OWNER)
    lock(as_owner)
    assert take_over(as_owner, owner).status_code == 302
    assert as_owner.get("/backoffice/").status_code == 302


def test_a_till_left_alone_locks_by_itself(as_owner: Client, cafe: Merchant, cashier: User) -> None:
    as_owner.get(TILL)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert as_owner.get(TILL).status_code == 423


def test_a_till_left_alone_keeps_everybody_out_of_the_office(as_owner: Client, cashier: User) -> None:
    as_owner.get(TILL)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert as_owner.get("/backoffice/").status_code == 302
        as_owner.get(TILL + "leave/")
        assert as_owner.get("/backoffice/").status_code == 302


def test_time_in_the_office_does_not_lock_the_till(as_owner: Client, cashier: User) -> None:
    as_owner.get(TILL)
    as_owner.get("/backoffice/")
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert as_owner.get("/backoffice/").status_code == 200
        assert as_owner.get(TILL).status_code == 200


def test_without_any_pin_nothing_locks(as_owner: Client) -> None:
    assert lock(as_owner) == 204
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert as_owner.get(TILL).status_code == 200


def test_a_wrong_pin_is_refused(as_owner: Client, cashier: User) -> None:
    lock(as_owner)
    assert take_over(as_owner, cashier, "1357").status_code == 423
    assert as_owner.get(TILL).status_code == 423


def test_after_five_wrong_pins_the_right_one_rests_too(as_owner: Client, cafe: Merchant, cashier: User) -> None:
    lock(as_owner)
    for _ in range(5):
        take_over(as_owner, cashier, "1357")
    assert take_over(as_owner, cashier).status_code == 429
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(action="till.pin_failed").count() == 1


def test_a_browser_that_tries_on_is_stopped_whoever_it_names(as_owner: Client, cafe: Merchant) -> None:
    people = [with_pin(cafe, role) for role in (Role.OWNER, Role.MANAGER, Role.CASHIER)]
    lock(as_owner)
    for person in people:
        for _ in range(5):
            take_over(as_owner, person, "1357")
    fresh = staff_of(cafe, Role.CASHIER, "second@cafe.example")
    with tenant_context(cafe):
        pins.set_pin(fresh, "6042", actor=SYSTEM, at=timezone.now())
    assert take_over(as_owner, fresh, "6042").status_code == 429


def test_a_colleague_who_left_can_not_take_over(as_owner: Client, cafe: Merchant, cashier: User) -> None:
    with_pin(cafe, Role.MANAGER)
    with tenant_context(cafe):
        User.objects.filter(pk=cashier.pk).update(is_active=False)
    lock(as_owner)
    assert take_over(as_owner, cashier).status_code == 423


def test_the_pin_of_an_analyst_counts_for_nothing(as_owner: Client, cafe: Merchant, cashier: User) -> None:
    analyst = staff_of(cafe, Role.ANALYST)
    with tenant_context(cafe):
        User.objects.filter(pk=analyst.pk).update(pin=User.objects.get(pk=cashier.pk).pin)
    lock(as_owner)
    assert take_over(as_owner, analyst, PINS[Role.CASHIER]).status_code == 423


@pytest.mark.parametrize("pin", ["123", "1234567", "1111", "1234", "9876", "12a4", ""])
def test_a_pin_that_anybody_would_try_is_refused(pin: str) -> None:
    assert pins.is_weak(pin)


def test_one_sets_and_removes_ones_own_pin(cafe: Merchant) -> None:
    user = staff_of(cafe, Role.CASHIER)
    client = client_of(cafe, user)
    client.post("/account/reauthenticate/", {"password": "correct horse battery"})
    assert client.post("/account/pin/", {"pin": "1111"}).status_code == 422
    assert client.post("/account/pin/", {"pin": "2964"}).status_code == 302
    with tenant_context(cafe):
        assert [holder.pk for holder in pins.holders()] == [user.pk]
        assert "2964" not in User.objects.get(pk=user.pk).pin
    assert client.post("/account/pin/", {"remove": "1"}).status_code == 302
    with tenant_context(cafe):
        assert pins.holders() == []


def test_setting_a_pin_asks_for_the_password_again(as_owner: Client, cafe: Merchant) -> None:
    answer = as_owner.post("/account/pin/", {"pin": "2964"})
    assert "/account/reauthenticate/" in answer["Location"]
