"""Nobody's mailbox is flooded and no code is guessed: rate limits, with a page that says so."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from portal import limits
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import ask, code_for, enter, wrong
from tests.portal.shopping import MINA

pytestmark = pytest.mark.django_db


def from_ip(merchant: Merchant, ip: str) -> Client:
    client = client_of(merchant)
    client.defaults["REMOTE_ADDR"] = ip
    return client


def test_one_address_gets_five_codes_in_ten_minutes_whoever_asks(cafe: Merchant) -> None:
    answers = [ask(from_ip(cafe, f"10.0.0.{n}")).status_code for n in range(7)]
    assert answers == [302] * 5 + [429] * 2
    code_for(cafe)
    assert len(mail.outbox) == 5


def test_the_limit_shows_a_page_with_the_shops_name(cafe: Merchant) -> None:
    for n in range(5):
        ask(from_ip(cafe, f"10.0.0.{n}"))
    response = ask(client_of(cafe))
    assert response.status_code == 429
    assert cafe.name in response.content.decode()


def test_another_address_is_not_held_back(cafe: Merchant) -> None:
    for n in range(6):
        ask(from_ip(cafe, f"10.0.0.{n}"))
    assert ask(client_of(cafe), "other@example.com").status_code == 302


def test_another_shop_is_not_held_back(cafe: Merchant, bikes: Merchant) -> None:
    for n in range(6):
        ask(from_ip(cafe, f"10.0.0.{n}"))
    assert ask(client_of(bikes)).status_code == 302


def test_one_ip_cannot_write_to_everybody(cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IP_ASKS", (3, 600))
    answers = [ask(from_ip(cafe, "10.0.0.9"), f"p{n}@example.com").status_code for n in range(5)]
    assert answers == [302] * 3 + [429] * 2
    assert ask(from_ip(cafe, "10.0.0.8"), "p9@example.com").status_code == 302


def test_a_shop_sends_only_so_many_codes(cafe: Merchant, bikes: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SHOP_ASKS", (3, 600))
    answers = [ask(from_ip(cafe, f"10.0.0.{n}"), f"p{n}@example.com").status_code for n in range(5)]
    assert answers == [302] * 3 + [429] * 2
    assert ask(client_of(bikes)).status_code == 302


def test_one_ip_cannot_go_on_guessing(cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IP_TRIES", (4, 600))
    client = from_ip(cafe, "10.0.0.9")
    ask(client)
    code = code_for(cafe)
    answers = [enter(client, wrong(code)).status_code for _try in range(6)]
    assert answers == [422] * 4 + [429] * 2


def test_a_known_address_is_limited_like_an_unknown_one(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    enter(client, code_for(cafe))
    known = [ask(from_ip(cafe, f"10.0.1.{n}"), MINA).status_code for n in range(6)]
    unknown = [ask(from_ip(cafe, f"10.0.2.{n}"), "nobody@example.com").status_code for n in range(6)]
    assert known == [302] * 4 + [429] * 2
    assert unknown == [302] * 5 + [429]


def test_one_line_of_ipv6_is_one_sender(cafe: Merchant) -> None:
    answers = [
        ask(from_ip(cafe, f"2001:db8:1:2::{n:x}"), f"p{n}@example.com").status_code
        for n in range(limits.IP_ASKS[0] + 1)
    ]
    assert answers[-2:] == [302, 429]
    assert ask(from_ip(cafe, "2001:db8:1:3::1")).status_code == 302
