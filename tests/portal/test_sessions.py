"""The shopper's session: long, sliding, revocable, and never the staff's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.utils import timezone
from django_tenants.utils import tenant_context

from portal.models import ShopperSession
from portal.tokens import digest
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.browsing import arrive, ask, code_for, enter
from tests.portal.shopping import MINA

pytestmark = pytest.mark.django_db

PAGES = ("/history/", "/card/", "/me/", "/me/leave/")


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(as_nobody: Client, path: str) -> None:
    from urllib.parse import quote

    assert as_nobody.get(path)["Location"] == f"/sign-in/?next={quote(path, safe='')}"


@pytest.mark.parametrize(
    "path", ["/me/save/", "/me/news/", "/me/devices/1/end/", "/me/devices/end-others/", "/sign-out/"]
)
def test_a_stranger_can_change_nothing(as_nobody: Client, path: str) -> None:
    assert as_nobody.post(path)["Location"] == "/sign-in/?next=%2F"


@pytest.mark.parametrize(
    "path", ["/me/save/", "/me/news/", "/me/devices/1/end/", "/me/devices/end-others/", "/sign-out/"]
)
def test_what_changes_something_does_not_answer_get(cafe: Merchant, path: str) -> None:
    assert arrive(cafe).get(path).status_code == 405


def test_a_session_lasts_ninety_days(cafe: Merchant) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = arrive(cafe)
        clock.shift(timedelta(days=90) + timedelta(seconds=1))
        assert client.get("/card/").status_code == 302


def test_a_session_in_use_slides(cafe: Merchant) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = arrive(cafe)
        for _visit in range(4):
            clock.shift(timedelta(days=60))
            response = client.get("/card/")
            assert response.status_code == 200
        assert response.cookies["shopper"]["max-age"] == 90 * 24 * 3600


def test_a_visit_on_the_same_day_writes_nothing(cafe: Merchant) -> None:
    client = arrive(cafe)
    assert "shopper" not in client.get("/card/").cookies


def test_signing_out_ends_the_session_for_good(cafe: Merchant) -> None:
    client = arrive(cafe)
    token = client.cookies["shopper"].value
    client.post("/sign-out/")
    assert client.cookies["shopper"].value == ""
    client.cookies["shopper"] = token
    assert client.get("/card/").status_code == 302


def test_an_invented_session_is_none(as_nobody: Client) -> None:
    for token in ("", "x", "a" * 43, "\x01", "é", "x" * 5000):
        as_nobody.cookies["shopper"] = token
        assert as_nobody.get("/card/").status_code == 302


def test_the_digest_in_the_database_opens_nothing(cafe: Merchant) -> None:
    client = arrive(cafe)
    client.cookies["shopper"] = digest(client.cookies["shopper"].value)
    assert client.get("/card/").status_code == 302


def test_a_session_of_one_shop_is_none_at_another(cafe: Merchant, bikes: Merchant) -> None:
    there = client_of(bikes)
    there.cookies = arrive(cafe).cookies
    assert there.get("/card/").status_code == 302


def test_a_new_sign_in_gets_a_new_secret(cafe: Merchant) -> None:
    client = client_of(cafe)
    client.cookies["shopper"] = "planted"
    ask(client)
    enter(client, code_for(cafe))
    assert client.cookies["shopper"].value not in ("planted", "")


def test_one_browser_can_end_another(cafe: Merchant) -> None:
    phone, laptop = arrive(cafe), arrive(cafe)
    with tenant_context(cafe):
        target = ShopperSession.objects.get(token_hash=digest(phone.cookies["shopper"].value))
    laptop.post(f"/me/devices/{target.pk}/end/")
    assert phone.get("/card/").status_code == 302
    assert laptop.get("/card/").status_code == 200


def test_nobody_can_end_the_session_of_somebody_else(cafe: Merchant) -> None:
    mina, other = arrive(cafe), arrive(cafe, "other@example.com")
    with tenant_context(cafe):
        target = ShopperSession.objects.get(token_hash=digest(mina.cookies["shopper"].value))
    assert other.post(f"/me/devices/{target.pk}/end/").status_code == 302
    assert mina.get("/card/").status_code == 200


def test_everywhere_else_can_be_signed_out_at_once(cafe: Merchant) -> None:
    old, older, here, other = arrive(cafe), arrive(cafe), arrive(cafe), arrive(cafe, "other@example.com")
    here.post("/me/devices/end-others/")
    assert [c.get("/card/").status_code for c in (old, older, here, other)] == [302, 302, 200, 200]


def test_devices_are_named_in_words(cafe: Merchant) -> None:
    client = client_of(cafe)
    agent = (
        "Mozilla/5.0 (Linux; Android 15; SM-S921N) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 KAKAOTALK 25.1"
    )
    client.defaults["HTTP_USER_AGENT"] = agent
    client.cookies["language"] = "en"
    ask(client)
    enter(client, code_for(cafe))
    page = client.get("/me/").content.decode()
    assert "KakaoTalk on Android" in page
    assert "SM-S921N" not in page


def test_a_shopper_is_nobody_in_the_backoffice(cafe: Merchant) -> None:
    client = arrive(cafe)
    assert client.get("/backoffice/").status_code in (302, 404)
    assert "sessionid" not in client.cookies


def test_a_shopper_needs_no_session_of_django(cafe: Merchant) -> None:
    client = arrive(cafe)
    for path in ("/history/", *PAGES):
        client.get(path)
    with tenant_context(cafe):
        assert not Session.objects.exists()
    assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_staff_are_strangers_in_the_portal(as_owner: Client) -> None:
    assert as_owner.get("/card/")["Location"].startswith("/sign-in/")


def test_both_can_be_signed_in_beside_each_other(cafe: Merchant, as_owner: Client) -> None:
    ask(as_owner)
    enter(as_owner, code_for(cafe))
    assert as_owner.get("/card/").status_code == 200
    as_owner.post("/sign-out/")
    assert as_owner.cookies[settings.SESSION_COOKIE_NAME].value


def test_on_https_the_cookies_are_bound_to_the_host(cafe: Merchant) -> None:
    with override_settings(SESSION_COOKIE_SECURE=True):
        client = client_of(cafe)
        ask(client)
        enter(client, code_for(cafe))
        cookie = client.cookies["__Host-shopper"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert client.get("/card/").status_code == 200


@pytest.mark.parametrize(
    "wish",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "evil",
        "/\t/evil.example",
    ],
)
def test_signing_in_never_leads_to_another_host(cafe: Merchant, wish: str) -> None:
    client = client_of(cafe)
    ask(client, next=wish)
    assert enter(client, code_for(cafe), next=wish)["Location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_wanted(cafe: Merchant) -> None:
    client = client_of(cafe)
    assert ask(client, next="/history/?before=7")["Location"] == "/sign-in/code/?next=%2Fhistory%2F%3Fbefore%3D7"
    page = client.get("/sign-in/code/?next=%2Fhistory%2F").content.decode()
    assert '<input type="hidden" name="next" value="/history/">' in page
    assert enter(client, code_for(cafe), next="/history/")["Location"] == "/history/"


def test_who_is_signed_in_need_not_sign_in(cafe: Merchant) -> None:
    client = arrive(cafe)
    assert client.get("/sign-in/")["Location"] == "/"
    assert client.get("/sign-in/code/?next=/card/")["Location"] == "/card/"


def test_pages_with_a_persons_data_are_not_kept_by_caches(cafe: Merchant) -> None:
    client = arrive(cafe)
    for path in PAGES:
        assert client.get(path)["Cache-Control"] == "private, no-store"


def test_a_form_of_another_site_signs_nobody_out(cafe: Merchant) -> None:
    client = arrive(cafe)
    strict = Client(enforce_csrf_checks=True, headers={"host": cafe.host})
    strict.cookies = client.cookies
    assert strict.post("/sign-out/").status_code == 403
    assert client.get("/card/").status_code == 200
    assert MINA in client.get("/me/").content.decode()
