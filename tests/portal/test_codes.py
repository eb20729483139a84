"""Signing in by a one-time code, through the pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from portal.models import ShopperSession, SignInCode
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import arrive, ask, code_for, enter, wrong
from tests.portal.shopping import MINA

pytestmark = pytest.mark.django_db


def test_the_right_code_signs_in(cafe: Merchant) -> None:
    client = client_of(cafe)
    assert ask(client)["Location"] == "/sign-in/code/"
    response = enter(client, code_for(cafe))
    assert response["Location"] == "/"
    assert client.get("/card/").status_code == 200


def test_proving_an_address_joins_the_programme(cafe: Merchant) -> None:
    arrive(cafe)
    with tenant_context(cafe):
        assert Customer.objects.get(email=MINA).joined_at is not None


def test_signing_in_again_is_the_same_customer(cafe: Merchant) -> None:
    arrive(cafe)
    arrive(cafe, MINA.upper())
    with tenant_context(cafe):
        assert Customer.objects.filter(email=MINA).count() == 1


def test_a_wrong_code_does_not_sign_in(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    response = enter(client, wrong(code_for(cafe)))
    assert response.status_code == 422
    assert client.get("/card/").status_code == 302


def test_the_fifth_try_may_still_be_right(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    for _try in range(4):
        enter(client, wrong(code))
    assert enter(client, code).status_code == 302


def test_the_sixth_try_fails_even_when_right(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    for _try in range(5):
        enter(client, wrong(code))
    assert enter(client, code).status_code == 422
    assert client.get("/card/").status_code == 302


def test_input_that_is_no_code_costs_no_try(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    for typed in ("", "12345", "1234567", "abcdef", "½½½½½½", "1" * 5000):
        assert enter(client, typed).status_code == 422
    with tenant_context(cafe):
        assert SignInCode.objects.get().tries == 0
    assert enter(client, code).status_code == 302


@pytest.mark.parametrize(
    "written",
    ["{a} {b}", "{a}-{b}", "  {a}{b} ", "{a}.{b}", "{a}\u00a0{b}", "{a}–{b}", "\t{a}{b}\n"],
    ids=["space", "dash", "spaces around", "dot", "no-break space", "en dash", "tab and line end"],
)
def test_a_code_may_be_pasted_with_what_surrounds_it(cafe: Merchant, written: str) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    assert enter(client, written.format(a=code[:3], b=code[3:])).status_code == 302


def test_a_code_may_be_typed_in_full_width_digits(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    wide = code_for(cafe).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert enter(client, wide).status_code == 302


def test_a_code_works_for_ten_minutes_and_no_longer(cafe: Merchant) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        early, late = client_of(cafe), client_of(cafe)
        ask(early)
        early_code = code_for(cafe)
        ask(late)
        late_code = code_for(cafe)
        clock.shift(timedelta(minutes=10) - timedelta(seconds=1))
        assert enter(early, early_code).status_code == 302
        clock.shift(timedelta(seconds=1))
        assert enter(late, late_code).status_code == 422


def test_a_code_works_once(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    asking = client.cookies["asking"].value
    enter(client, code)
    again = client_of(cafe)
    again.cookies["asking"] = asking
    assert enter(again, code)["Location"] == "/sign-in/"
    assert again.get("/card/").status_code == 302


def test_a_code_is_worth_nothing_in_another_browser(cafe: Merchant) -> None:
    asker, thief = client_of(cafe), client_of(cafe)
    ask(asker)
    code = code_for(cafe)
    assert enter(thief, code)["Location"] == "/sign-in/"
    ask(thief, "thief@example.com")
    assert enter(thief, code).status_code == 422


def test_a_code_is_worth_nothing_at_another_shop(cafe: Merchant, bikes: Merchant) -> None:
    client, elsewhere = client_of(cafe), client_of(bikes)
    ask(client)
    elsewhere.cookies["asking"] = client.cookies["asking"].value
    assert enter(elsewhere, code_for(cafe))["Location"] == "/sign-in/"


def test_another_code_makes_the_first_worthless(cafe: Merchant) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = client_of(cafe)
        ask(client)
        first = code_for(cafe)
        clock.shift(timedelta(seconds=31))
        assert client.post("/sign-in/another-code/")["Location"] == "/sign-in/code/"
        second = code_for(cafe)
        if first != second:
            assert enter(client, first).status_code == 422
        assert enter(client, second).status_code == 302


def test_another_code_is_not_sent_within_half_a_minute(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    response = client.post("/sign-in/another-code/")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 30
    assert len(mail.outbox) == 1
    assert enter(client, code).status_code == 302


def test_pressing_send_twice_sends_one_mail(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    ask(client)
    code_for(cafe)
    assert len(mail.outbox) == 1


def test_another_code_without_having_asked_leads_to_the_address_page(as_nobody: Client) -> None:
    assert as_nobody.post("/sign-in/another-code/")["Location"] == "/sign-in/"


def test_the_code_page_without_having_asked_leads_to_the_address_page(as_nobody: Client) -> None:
    assert as_nobody.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_known_and_unknown_addresses_get_the_same_answer(cafe: Merchant) -> None:
    arrive(cafe)
    pages = []
    for address in (MINA, "nobody@example.com"):
        client = client_of(cafe)
        first = ask(client, address)
        second = client.get("/sign-in/code/")
        body = re.sub(rb'csrf[^>]*value="[^"]+"|X-CSRFToken": "[^"]+"', b"", second.content)
        body = body.replace(address.encode(), b"ADDRESS").replace(b"mina", b"")
        pages.append((first.status_code, first.content, sorted(first.headers), second.status_code, body))
    assert pages[0] == pages[1]


def test_known_and_unknown_addresses_cost_the_same_queries(cafe: Merchant) -> None:
    arrive(cafe)
    counted = []
    for address in (MINA, "nobody@example.com"):
        client = client_of(cafe)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(client, address)
        counted.append([re.sub(r"'[^']*'|\d+", "?", q["sql"]) for q in queries])
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a b@example.com", "a@example.com\r\nBcc: x@y.z", "x" * 300 + "@example.com"]
)
def test_what_is_no_address_is_said_beside_the_field(as_nobody: Client, address: str) -> None:
    response = ask(as_nobody, address)
    assert response.status_code == 422
    assert b'id="id_email_error"' in response.content
    assert not mail.outbox


def test_neither_code_nor_secrets_stand_in_the_database(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    code = code_for(cafe)
    with tenant_context(cafe):
        row = SignInCode.objects.get()
    stored = " ".join(str(getattr(row, field.attname)) for field in row._meta.fields if field.name != "created_at")
    assert row.sealed_code == ""
    assert client.cookies["asking"].value not in stored
    assert code not in (row.code_hash, row.browser_hash)
    enter(client, code)
    with tenant_context(cafe):
        assert ShopperSession.objects.get().token_hash != client.cookies["shopper"].value


def test_the_cookies_are_closed_to_scripts_and_other_sites(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    enter(client, code_for(cafe))
    for name in ("asking", "shopper"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def test_the_field_takes_a_code_from_the_keyboard_and_the_mail(cafe: Merchant) -> None:
    client = client_of(cafe)
    ask(client)
    page = client.get("/sign-in/code/").content.decode()
    field = re.search(r"<input[^>]*name=\"code\"[^>]*>", page)
    assert field
    assert 'autocomplete="one-time-code"' in field.group()
    assert 'inputmode="numeric"' in field.group()


def test_codes_nobody_waits_for_are_forgotten(cafe: Merchant) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client_of(cafe))
        code_for(cafe)
        clock.shift(timedelta(hours=2))
        ask(client_of(cafe), "later@example.com")
        code_for(cafe, "later@example.com")
    with tenant_context(cafe):
        assert SignInCode.objects.get().address == "later@example.com"
