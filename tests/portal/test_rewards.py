"""Taking a reward: the list, the confirmation, one code however often it is pressed, cancelling and its undo."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty.models import Balance, Redemption
from loyalty.programme import default_rules, publish
from loyalty.rules import Rules
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import member, open_programme
from tests.portal.test_home import give, visit

pytestmark = pytest.mark.django_db

COFFEE = {
    "key": "coffee",
    "name": {"en": "A coffee", "ko": "커피 한 잔"},
    "points": 500,
    "value_minor": 4_500,
    "kind": "manual",
    "where": ["till"],
}
CAKE = {"key": "cake", "name": {"en": "A cake"}, "points": 9_000, "value_minor": 30_000, "kind": "manual"}
LAST = {**COFFEE, "key": "last", "name": {"en": "The last mug"}, "stock": 1}
SLIDER = {
    "key": "off",
    "name": {"en": "As much off as you like"},
    "kind": "variable",
    "points": 100,
    "value_minor": 100,
    "least_points": 500,
    "most_points": 3_000,
}


@pytest.fixture
def mina(cafe: Merchant, now: datetime) -> Customer:
    """A member with 5,000 points at a shop with four rewards."""
    open_programme(cafe, now, rewards=[COFFEE, CAKE, LAST, SLIDER])
    customer = member(cafe, now, name="Mina")
    give(cafe, customer.pk, 5_000, now)
    return customer


@pytest.fixture
def phone(cafe: Merchant, mina: Customer, now: datetime) -> Any:
    """Her browser, while time stands still."""
    with time_machine.travel(now, tick=False):
        client = signed_in(cafe, mina, now)
        client.cookies["language"] = "en"
        yield client


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


def key_in(html: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', html)
    assert found
    return found.group(1)


def take(client: Client, key: str, **more: str) -> Any:
    path = f"/rewards/{key}/"
    query = f"?points={more['points']}" if "points" in more else ""
    return client.post(path, {"key": key_in(page(client, path + query)), **more})


def available(merchant: Merchant, customer: Customer) -> int:
    with tenant_context(merchant):
        return Balance.objects.get(pk=customer.pk).available


def codes(merchant: Merchant) -> list[Redemption]:
    with tenant_context(merchant):
        return list(Redemption.objects.order_by("pk"))


def test_what_can_be_had_and_what_is_near_stand_apart(phone: Client) -> None:
    html = page(phone, "/rewards/")
    now, near = html.split("You can have now")[1].split("Not far any more")
    assert "A coffee" in now
    assert "from 500 P" in now
    assert "4,000 P more" in near
    assert "A cake" in near


def test_the_cost_is_said_before_it_is_paid(phone: Client) -> None:
    html = page(phone, "/rewards/coffee/")
    assert "You have</dt><dd>5,000 P" in html
    assert "It costs</dt><dd>500 P" in html
    assert "Left after that</dt><dd>4,500 P" in html
    assert "Show the code in the shop." in html
    assert "Use 500 P and get the code" in html


def test_taking_a_reward_gives_a_code_and_sets_its_points_aside(phone: Client, cafe: Merchant, mina: Customer) -> None:
    response = take(phone, "coffee")
    assert response.status_code == 302
    html = page(phone, response["Location"])
    assert "It is yours" in html
    assert 'aria-label="QR code of this reward"' in html
    assert "(Seoul)" in html.split("Valid until")[1][:60]
    assert available(cafe, mina) == 4_500


def test_the_same_form_sent_twice_is_one_code(phone: Client, cafe: Merchant, mina: Customer) -> None:
    key = key_in(page(phone, "/rewards/coffee/"))
    first, second = (phone.post("/rewards/coffee/", {"key": key})["Location"] for _ in range(2))
    assert first == second
    assert len(codes(cafe)) == 1
    assert available(cafe, mina) == 4_500


def test_who_comes_back_is_told_of_the_code_that_waits(phone: Client) -> None:
    assert "You have a code for this already." not in page(phone, "/rewards/coffee/")
    take(phone, "coffee")
    assert "You have a code for this already." in page(phone, "/rewards/coffee/")


def test_two_forms_are_two_codes(phone: Client, cafe: Merchant) -> None:
    take(phone, "coffee")
    take(phone, "coffee")
    assert len(codes(cafe)) == 2


def test_a_form_kept_for_another_reward_takes_nothing(phone: Client, cafe: Merchant) -> None:
    key = key_in(page(phone, "/rewards/coffee/"))
    phone.post("/rewards/coffee/", {"key": key})
    response = phone.post("/rewards/last/", {"key": key})
    assert response.status_code in (302, 409)
    assert len(codes(cafe)) == 1


def test_a_variable_amount_works_without_scripts(phone: Client, cafe: Merchant, mina: Customer) -> None:
    asked = page(phone, "/rewards/off/")
    assert "From 500 P to 3,000 P, in steps of 100 P." in asked
    assert 'name="key"' not in asked
    assert "Left after that</dt><dd>3,800 P" in page(phone, "/rewards/off/?points=1200")
    html = page(phone, take(phone, "off", points="1200")["Location"])
    assert "₩1,200 off" in html
    assert available(cafe, mina) == 3_800


@pytest.mark.parametrize("points", ["1234", "99999", "-5", "x" * 99, "٣", ""])
def test_an_amount_between_the_steps_is_asked_for_again(phone: Client, points: str) -> None:
    assert 'name="key"' not in page(phone, f"/rewards/off/?points={points}")


@pytest.mark.parametrize("points", ["1234", "99999", "-5", "", "x"])
def test_a_made_up_amount_takes_nothing_it_should_not(phone: Client, cafe: Merchant, points: str) -> None:
    phone.post("/rewards/off/", {"key": "11111111-1111-1111-1111-111111111111", "points": points})
    assert all(code.points % 100 == 0 and 500 <= code.points <= 3_000 for code in codes(cafe))


def test_too_few_points_are_told_in_plain_words(phone: Client, cafe: Merchant) -> None:
    response = phone.post("/rewards/cake/", {"key": "11111111-1111-1111-1111-111111111111"})
    assert response.status_code == 409
    assert "You do not have enough points any more. Nothing was taken." in response.content.decode()
    assert not codes(cafe)


def make_dearer(cafe: Merchant, *, at: datetime) -> None:
    """The coffee costs 800 P from then on."""
    with tenant_context(cafe):
        dearer = Rules.from_json(default_rules("KR", "KRW").to_json() | {"rewards": [{**COFFEE, "points": 800}]})
        publish(dearer, actor=SYSTEM, at=at)


def test_nobody_pays_more_than_the_page_said(phone: Client, cafe: Merchant, mina: Customer, now: datetime) -> None:
    form = re.search(r'<form method="post".*?</form>', page(phone, "/rewards/coffee/"))
    assert form
    shown = dict(re.findall(r'name="(key|points)" value="([^"]+)"', form[0]))
    make_dearer(cafe, at=now + timedelta(minutes=1))
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        answer = phone.post("/rewards/coffee/", shown)
        assert (answer.status_code, "This reward costs 800 P." in answer.content.decode()) == (409, True)
    assert available(cafe, mina) == 5_000


def test_what_is_gone_says_so(phone: Client, cafe: Merchant, now: datetime) -> None:
    take(phone, "last")
    html = page(phone, "/rewards/")
    assert "The last mug" in html.split("All gone for now")[1]
    assert phone.post("/rewards/last/", {"key": "22222222-1111-1111-1111-111111111111"}).status_code == 409
    assert len(codes(cafe)) == 1


def test_a_reward_that_is_not_there_is_not_found(phone: Client) -> None:
    page(phone, "/rewards/nothing/", 404)


def test_codes_are_listed_by_what_became_of_them(phone: Client) -> None:
    assert "No codes yet" in page(phone, "/codes/")
    take(phone, "coffee")
    assert "A coffee" in page(phone, "/codes/").split("Ready to use")[1]
    assert "1 code to use" in page(phone, "/")


def test_an_unused_code_is_cancelled_and_taken_back_again(phone: Client, cafe: Merchant, mina: Customer) -> None:
    take(phone, "coffee")
    (taken,) = codes(cafe)
    response = phone.post(f"/codes/{taken.pk}/cancel/")
    assert "500 P are back." in page(phone, response["Location"])
    assert available(cafe, mina) == 5_000
    again = [phone.post(f"/codes/{taken.pk}/again/")["Location"] for _ in range(2)]
    assert again[0] == again[1]
    assert available(cafe, mina) == 4_500


def test_what_is_taken_back_again_costs_no_more_than_before(
    phone: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    take(phone, "coffee")
    (taken,) = codes(cafe)
    phone.post(f"/codes/{taken.pk}/cancel/")
    make_dearer(cafe, at=now + timedelta(minutes=1))
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        answer = phone.post(f"/codes/{taken.pk}/again/")
        assert (answer.status_code, "This reward costs 800 P." in answer.content.decode()) == (409, True)
    assert available(cafe, mina) == 5_000


def test_cancelling_twice_is_cancelling_once(phone: Client, cafe: Merchant, mina: Customer) -> None:
    take(phone, "coffee")
    (taken,) = codes(cafe)
    assert {phone.post(f"/codes/{taken.pk}/cancel/").status_code for _ in range(2)} == {302}
    assert available(cafe, mina) == 5_000


def test_somebody_elses_code_is_not_found(phone: Client, cafe: Merchant, now: datetime) -> None:
    take(phone, "coffee")
    (taken,) = codes(cafe)
    other = signed_in(cafe, member(cafe, now, email="other@example.com"), now)
    for path in (f"/codes/{taken.pk}/", f"/codes/{taken.pk}/cancel/", f"/codes/{taken.pk}/again/"):
        answer = other.get(path) if path.count("/") == 3 else other.post(path)
        assert answer.status_code == 404


def test_a_code_whose_time_is_over_cannot_be_shown(
    phone: Client, cafe: Merchant, mina: Customer, now: datetime
) -> None:
    take(phone, "coffee")
    (taken,) = codes(cafe)
    html = visit(cafe, mina, now + timedelta(days=91), f"/codes/{taken.pk}/")
    assert "QR code of this reward" not in html
    assert "Lapsed" in html
