"""Ways to earn: every rule in words, the birthday, following, checking in."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty import occasions
from loyalty.models import Balance
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import member, open_programme

pytestmark = pytest.mark.django_db

WEEKEND = {"weekdays": [5, 6], "from_time": "14:00", "to_time": "17:00", "ends_at": "2026-12-31T00:00:00+09:00"}
RULES: list[dict[str, Any]] = [
    {"key": "weekend", "kind": "order", "name": {"en": "Quiet hours"}, "effect": "multiply", "factor": 150,
     "minimum_minor": 10_000, "window": WEEKEND},
    {"key": "born", "kind": "birthday", "name": {"en": "Your birthday"}, "points": 3_000},
    {"key": "insta", "kind": "social", "name": {"en": "Our pictures"}, "points": 200, "url": "https://pictures.example/us",
     "limit": {"times_each": 1}},
    {"key": "film", "kind": "social", "name": {"en": "Our films"}, "points": 70, "url": "https://films.example/us",
     "limit": {"times_each": 1}},
    {"key": "here", "kind": "visit", "name": {"en": "A visit"}, "points": 50, "limit": {"times_a_day": 1}},
    {"key": "over", "kind": "order", "name": {"en": "Last summer"}, "effect": "multiply", "factor": 300,
     "window": {"ends_at": "2026-09-01T00:00:00+09:00"}},
    {"key": "vip", "kind": "order", "name": {"en": "For friends"}, "points": 10, "audience": {"tags": ["friend"]}},
]  # fmt: skip


@pytest.fixture
def mina(cafe: Merchant, now: datetime) -> Customer:
    open_programme(cafe, now, earning=RULES)
    return member(cafe, now)


@pytest.fixture
def phone(cafe: Merchant, mina: Customer, now: datetime) -> Any:
    with time_machine.travel(now, tick=False):
        client = signed_in(cafe, mina, now)
        client.cookies["language"] = "en"
        yield client


def page(client: Client, path: str = "/earn/") -> str:
    return re.sub(r"\s+", " ", client.get(path).content.decode())


def available(merchant: Merchant, customer: Customer) -> int:
    with tenant_context(merchant):
        balance = Balance.objects.filter(pk=customer.pk).first()
        return balance.available if balance else 0


def test_the_basic_rule_comes_first(phone: Client) -> None:
    assert "You collect 1 % of what you spend, in points." in page(phone)


def test_a_rule_is_told_with_its_hours_and_limits(phone: Client) -> None:
    told = page(phone).split("Quiet hours")[1].split("</li>")[0]
    assert "1.5× points" in told
    assert "Orders from ₩10,000." in told
    assert "Only on: Saturday, Sunday." in told
    assert "Between 14:00 and 17:00." in told
    assert "Until 31 December 2026, 00:00." in told


def test_what_is_over_or_for_others_is_not_told(phone: Client) -> None:
    html = page(phone)
    assert "Last summer" not in html
    assert "For friends" not in html


def test_a_rule_for_certain_customers_is_told_to_them(phone: Client, cafe: Merchant, mina: Customer) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk=mina.pk).update(tags=["friend"])
    assert "For friends" in page(phone)


def test_the_birthday_is_entered_once(phone: Client, cafe: Merchant, mina: Customer) -> None:
    assert phone.post("/earn/birthday/", {"birthday": "1990-05-31"}).status_code == 302
    assert "Your birthday is entered: 31 May 1990." in page(phone)
    assert phone.post("/earn/birthday/", {"birthday": "1991-11-21"}).status_code == 422
    with tenant_context(cafe):
        assert Customer.objects.get(pk=mina.pk).birthday == date(1990, 5, 31)


@pytest.mark.parametrize("birthday", ["", "tomorrow", "2027-01-01", "1870-01-01"])
def test_a_birthday_that_cannot_be_is_asked_for_again(phone: Client, birthday: str) -> None:
    assert phone.post("/earn/birthday/", {"birthday": birthday}).status_code == 422


def test_following_gives_points_once_for_each_page(phone: Client, cafe: Merchant, mina: Customer) -> None:
    assert 'href="https://pictures.example/us" target="_blank" rel="noopener noreferrer"' in page(phone)
    assert phone.post("/earn/followed/insta/")["Location"] == "/earn/?done=followed"
    assert available(cafe, mina) == 200
    assert phone.post("/earn/followed/insta/")["Location"] == "/earn/?done=followed_before"
    assert available(cafe, mina) == 200


def test_following_what_the_programme_does_not_name_is_not_found(phone: Client) -> None:
    assert phone.post("/earn/followed/nothing/").status_code == 404
    assert phone.post("/earn/followed/here/").status_code == 404


def test_a_visit_counts_once_it_is_confirmed(phone: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    with tenant_context(cafe):
        code = occasions.visit_code(at=now)
    assert "Check in, and this visit counts." in page(phone, f"/visit/{code}/")
    assert available(cafe, mina) == 0
    assert "You are checked in" in phone.post(f"/visit/{code}/").content.decode()
    assert available(cafe, mina) == 50
    assert "You have checked in today already" in phone.post(f"/visit/{code}/").content.decode()
    assert available(cafe, mina) == 50


@pytest.mark.parametrize("code", ["x", "%00", "a" * 300])
def test_a_code_that_is_not_the_shops_is_refused(phone: Client, code: str) -> None:
    assert phone.post(f"/visit/{code}/").status_code in (404, 422)


def test_a_stranger_signs_in_first_and_comes_back_to_the_visit(as_nobody: Client) -> None:
    assert as_nobody.get("/visit/abc/")["Location"] == "/sign-in/?next=%2Fvisit%2Fabc%2F"
