"""The frame: hosts, health, sessions."""

import pytest
from django.test import Client

from staff.models import User
from tenants.models import Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db


def test_an_unknown_host_is_not_found() -> None:
    assert Client(headers={"host": "nobody.localhost"}).get("/").status_code == 404


def test_health_answers_on_any_host() -> None:
    client = Client(headers={"host": "nobody.localhost"})
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").json() == {"database": "ok", "cache": "ok"}


def test_a_suspended_shop_answers_503(cafe: Merchant) -> None:
    Merchant.objects.filter(pk=cafe.pk).update(state=Merchant.State.SUSPENDED)
    assert client_of(cafe).post("/hooks/st_x/").status_code == 503


def test_a_session_carried_to_another_host_is_worth_nothing(cafe: Merchant, bikes: Merchant, owner: User) -> None:
    stolen = client_of(cafe, owner).cookies
    there = client_of(bikes)
    there.cookies = stolen
    assert there.get("/account/sessions/").status_code == 302
