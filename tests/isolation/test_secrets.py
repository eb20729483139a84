"""Secrets are shown once, to whom they belong, and stand in no log line and on no other page."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django_tenants.utils import tenant_context

from customers.models import Customer
from staff.models import Role
from tenants import directory
from tenants.models import Merchant
from tests.isolation.filling import Filled
from tests.isolation.knocking import answers, body_of, log_lines, undone

SHOP = "config.urls.shop"


def secrets_of(shop: Filled) -> set[str]:
    """Tokens, codes, passwords, signing secrets and cookies; not what only names a user in a link."""
    cookies = {value for jar in shop.cookies.values() for value in jar.values()}
    return cookies | {value for name, value in shop.secrets.items() if name != "reset_user"}


def told(log: str, shop: Filled) -> list[str]:
    return sorted(secret[:6] + "…" for secret in secrets_of(shop) if secret in log)


def test_no_secret_is_logged_when_it_is_used(theirs: Filled) -> None:
    client = theirs.client(Role.OWNER, "shopper", "asking")
    with log_lines() as log:
        for _answer in answers(client, SHOP, ids=theirs, bearer=theirs, undo=True):
            pass
    assert log.getvalue()
    assert told(log.getvalue(), theirs) == []


def test_no_secret_is_logged_when_a_shop_is_suspended(theirs: Filled) -> None:
    Merchant.objects.filter(pk=theirs.merchant.pk).update(state=Merchant.State.SUSPENDED)
    directory.forget()
    with log_lines() as log:
        for answer in answers(theirs.client(), SHOP, ids=theirs, bearer=theirs, methods=("get", "post")):
            assert answer.name == "brand" or answer.response.status_code == 503
    assert told(log.getvalue(), theirs) == []


def test_no_secret_is_logged_when_the_form_token_is_missing(theirs: Filled) -> None:
    client = Client(headers={"host": theirs.merchant.host}, enforce_csrf_checks=True)
    with log_lines() as log:
        for path in ("join/{invitation}", "arrive/{arrive}", "confirm-email/{confirm}"):
            client.post(f"/account/{path.format(**theirs.secrets)}/", {"password": theirs.secrets["password"]})
        client.post("/sign-in/code/", {"code": theirs.secrets["code"]})
    assert "CSRF" in log.getvalue()
    assert told(log.getvalue(), theirs) == []


def test_no_page_shows_a_secret_that_was_shown_before(theirs: Filled) -> None:
    own = {  # pages that show what is asked for, or what was just typed
        "staff:join": {"invitation"},
        "account_confirm_email": {"confirm"},
        "mfa_view_recovery_codes": {"recovery"},
        "mfa_download_recovery_codes": {"recovery"},
        "mfa_generate_recovery_codes": {"recovery"},
    }
    kept = {name: value for name, value in theirs.secrets.items() if name not in {"reset_user", "password", "code"}}
    client = theirs.client(Role.OWNER, "shopper", "asking")
    shown = [
        f"{answer} shows {name}"
        for answer in answers(client, SHOP, ids=theirs, bearer=theirs, methods=("get", "post"), undo=True)
        for name, value in kept.items()
        if value in body_of(answer.response)
        and name not in own.get(answer.name, set())
        and not (answer.method == "get" and value in answer.said)
    ]
    assert not shown, "\n".join(shown)


def test_a_storefronts_secret_is_shown_once(theirs: Filled) -> None:
    client = theirs.client(Role.OWNER)
    address = f"/backoffice/storefronts/{theirs.ids['store']}/"
    with undone(), log_lines() as log:
        client.post(f"{address}rotate/")
        first, second = (client.get(address).content.decode() for _ in range(2))
        secret = next(word for word in first.replace('"', " ").replace("<", " ").split() if word.startswith("whsec_"))
        assert len(secret) > 40
        assert secret not in second
        assert secret not in log.getvalue()


def test_a_new_secret_does_not_stand_in_the_session(theirs: Filled) -> None:
    client = theirs.client(Role.OWNER)
    with undone():
        client.post(f"/backoffice/storefronts/{theirs.ids['store']}/rotate/")
        with tenant_context(theirs.merchant):
            assert "whsec_" not in str(dict(client.session))


def test_a_code_is_in_the_mail_and_nowhere_else(theirs: Filled) -> None:
    code = theirs.secrets["code"]
    client = theirs.client("asking")
    with undone(), log_lines() as log:
        page = client.get("/sign-in/code/").content.decode()
        client.post("/sign-in/code/", {"code": code})
    assert code not in page
    assert code not in log.getvalue()


def fails_over(customer: Customer) -> None:
    """A statement that PostgreSQL refuses, quoting the row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (card_code, name, email, phone, language, created_at)"
            " SELECT card_code, name, email, phone, language, created_at FROM customers_customer WHERE id = %s",
            [customer.pk],
        )


def misquotes(customer: Customer) -> None:
    """A statement with a mistake in the line that holds a value."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM customers_customer WHERE name = %s", [customer.name])


@pytest.mark.parametrize("fail", [fails_over, misquotes])
def test_an_error_of_the_database_is_logged_without_the_row(theirs: Filled, fail: Any) -> None:
    with tenant_context(theirs.merchant), log_lines() as log:
        customer = Customer.objects.get(pk=theirs.ids["customer"])
        with pytest.raises(DatabaseError) as raised:
            fail(customer)
        quoted = theirs.mark[:6]  # PostgreSQL may cut what it quotes
        assert quoted in str(raised.value) or customer.card_code in str(raised.value)
        structlog.get_logger("test").error("it_failed", exc_info=raised.value)
    assert "it_failed" in log.getvalue()
    assert quoted not in log.getvalue()
    assert customer.card_code not in log.getvalue()
