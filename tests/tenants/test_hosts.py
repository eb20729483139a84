"""Which shop answers where: hosts, their spellings, and sessions that stay at home."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from staff.models import User
from tenants import activity, directory
from tenants.models import Domain, Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db


def status_at(host: str, **headers: str) -> int:
    return Client(headers={"host": host, **headers}).get("/").status_code


@pytest.mark.parametrize("host", ["CAFE.localhost", "cafe.localhost.", "cafe.localhost:8000", "Cafe.LocalHost.:80"])
def test_case_port_and_a_final_dot_do_not_matter(cafe: Merchant, host: str) -> None:
    assert status_at(host) < 400


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "x.cafe.localhost", "cafe.localhost.evil.example", "bad host", "cafe.localhost..", ""]
)
def test_any_other_host_is_not_found(cafe: Merchant, host: str) -> None:
    assert status_at(host) == 404


def test_a_forwarded_host_is_not_believed(cafe: Merchant) -> None:
    assert status_at("nobody.localhost", **{"x-forwarded-host": "cafe.localhost"}) == 404


def test_a_shop_answers_at_a_domain_of_its_own(cafe: Merchant) -> None:
    Domain.objects.create(domain="sodam.example", tenant=cafe, is_primary=False)
    assert status_at("sodam.example") == status_at("cafe.localhost")


def test_a_domain_is_remembered_and_forgotten(cafe: Merchant, django_assert_num_queries: object) -> None:
    directory.merchant_at("cafe.localhost")
    with django_assert_num_queries(0):  # type: ignore[operator]
        directory.merchant_at("cafe.localhost")
    directory.forget()
    with django_assert_num_queries(1):  # type: ignore[operator]
        directory.merchant_at("cafe.localhost")


def test_a_page_that_changes_its_merchant_and_fails_changes_it_for_nobody_else(cafe: Merchant) -> None:
    directory.merchant_at("cafe.localhost").name = "Half done"
    assert directory.merchant_at("cafe.localhost").name == "소담커피"


def test_a_session_of_another_schema_is_worth_nothing_even_in_this_ones_table(
    cafe: Merchant, bikes: Merchant, owner: User
) -> None:
    cookies = client_of(cafe, owner).cookies
    with tenant_context(cafe):
        stolen = Session.objects.get()
    with tenant_context(bikes):
        User.objects.bulk_create([owner])
        Session.objects.create(
            session_key=stolen.session_key, session_data=stolen.session_data, expire_date=stolen.expire_date
        )
    client = client_of(bikes)
    client.cookies = cookies
    assert client.get("/account/sessions/").status_code == 302


def test_a_session_holds_at_home(cafe: Merchant, owner: User) -> None:
    client = client_of(cafe, owner)
    assert client.get("/account/sessions/").status_code == 200


def test_cookies_are_for_one_host_only(cafe: Merchant, owner: User) -> None:
    assert all(not cookie["domain"] for cookie in client_of(cafe, owner).cookies.values())


def test_the_request_leaves_no_shop_behind_for_the_next(cafe: Merchant, bikes: Merchant) -> None:
    client_of(cafe).get("/")
    client_of(bikes).get("/")
    assert connection.schema_name == bikes.schema_name
    assert Client(headers={"host": "nobody.localhost"}).get("/").status_code == 404
    assert connection.schema_name == "public"


def last_active(merchant: Merchant) -> datetime | None:
    return Merchant.objects.get(pk=merchant.pk).last_active_at


def test_a_page_for_staff_is_a_sign_of_life(cafe: Merchant, owner: User) -> None:
    Merchant.objects.update(last_active_at=None)
    client_of(cafe, owner).get("/backoffice/", follow=True)
    assert last_active(cafe) is not None


def test_a_stranger_is_no_sign_of_life(cafe: Merchant) -> None:
    Merchant.objects.update(last_active_at=None)
    client_of(cafe).get("/backoffice/")
    assert last_active(cafe) is None


def test_activity_is_written_once_a_quarter_of_an_hour(
    cafe: Merchant, now: datetime, django_assert_num_queries: object
) -> None:
    activity.note(cafe, at=now)
    with django_assert_num_queries(0):  # type: ignore[operator]
        activity.note(cafe, at=now + timedelta(minutes=14))
    activity.note(cafe, at=now + timedelta(minutes=15))
    assert last_active(cafe) == now + timedelta(minutes=15)


def test_another_process_does_not_write_it_again(cafe: Merchant, now: datetime) -> None:
    activity.note(cafe, at=now)
    activity.forget()
    activity.note(cafe, at=now + timedelta(minutes=5))
    assert last_active(cafe) == now
