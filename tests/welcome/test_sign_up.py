"""Sign-up: one form, and a shop that can earn points, with its founder signed in."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from loyalty import programme
from staff import addresses
from staff.models import AuditEntry, User
from tenants.models import Merchant
from tests.conftest import client_of

pytestmark = pytest.mark.django_db

FORM = {
    "shop": "숲속빵집",
    "email": "Founder@Example.com",
    "password": "orange kettle on a hill",
    "country": "KR",
    "language": "ko",
}


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": "localhost"})


def sign_up(visitor: Client, **changes: str) -> Any:
    return visitor.post("/sign-up/", {**FORM, **changes})


def follow(response: Any) -> tuple[Client, Any]:
    """A browser that goes where sign-up sends it."""
    parts = urlsplit(response["Location"])
    client = Client(headers={"host": parts.netloc})
    return client, client.get(parts.path)


def test_the_founder_stands_in_the_backoffice(visitor: Client) -> None:
    client, arrived = follow(sign_up(visitor))
    assert arrived["Location"] == "/backoffice/"
    assert client.get("/backoffice/").status_code == 200


def test_the_shop_is_as_the_form_says(visitor: Client) -> None:
    sign_up(visitor)
    shop = Merchant.objects.get(name="숲속빵집")
    assert (shop.country, shop.currency, shop.language, shop.time_zone) == ("KR", "KRW", "ko", "Asia/Seoul")


def test_the_founder_is_the_owner_with_an_address_to_confirm(visitor: Client) -> None:
    follow(sign_up(visitor))
    with tenant_context(Merchant.objects.get(name="숲속빵집")):
        owner = User.objects.get()
        assert (owner.email, owner.role, addresses.is_verified(owner)) == ("founder@example.com", "owner", False)
    assert [message.to for message in mail.outbox] == [["founder@example.com"]]


def test_a_programme_is_in_force_at_once(visitor: Client) -> None:
    sign_up(visitor)
    with tenant_context(Merchant.objects.get(name="숲속빵집")):
        version = programme.in_force(timezone.now())
        assert version is not None
        assert AuditEntry.objects.filter(action="shop.founded").count() == 1


@pytest.mark.parametrize(
    ("browser", "zone"),
    [("America/Denver", "America/Denver"), ("Asia/Seoul", "America/New_York"), ("", "America/New_York")],
)
def test_the_browsers_clock_counts_when_it_is_one_of_the_country(visitor: Client, browser: str, zone: str) -> None:
    sign_up(visitor, country="US", time_zone=browser)
    assert Merchant.objects.get(name="숲속빵집").time_zone == zone


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shop", ""),
        ("shop", "x" * 101),
        ("shop", "bad\x00name"),
        ("email", "nobody"),
        ("password", "short"),
        ("password", "password123"),
        ("password", "founder@example.com"),
        ("country", "ZZ"),
        ("language", "xx"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_the_rest_is_kept(visitor: Client, field: str, value: str) -> None:
    response = sign_up(visitor, **{field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    kept = "shop" if field != "shop" else "email"
    assert FORM[kept] in response.content.decode()


def test_nothing_is_left_of_a_sign_up_that_fails(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no rules today")

    monkeypatch.setattr(programme, "publish", fail)
    with pytest.raises(RuntimeError):
        sign_up(visitor)
    assert not Merchant.objects.filter(name="숲속빵집").exists()


def test_two_shops_may_have_one_name_and_one_owner(visitor: Client) -> None:
    first, second = sign_up(visitor), sign_up(visitor)
    assert urlsplit(first["Location"]).netloc != urlsplit(second["Location"]).netloc


@pytest.mark.parametrize(
    ("header", "country", "language"),
    [("ko-KR,ko;q=0.9", "KR", "ko"), ("en-US,en;q=0.9", "US", "en"), ("fr-FR,fr", "FR", "en"), ("", "GB", "en")],
)
def test_country_and_language_are_guessed_from_the_browser(
    visitor: Client, header: str, country: str, language: str
) -> None:
    form = visitor.get("/sign-up/", headers={"accept-language": header}).context["form"]
    assert (form["country"].value(), form["language"].value()) == (country, language)


def test_the_eleventh_shop_within_an_hour_is_refused(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("welcome.pages.sign_up.SHOPS_PER_HOUR", 2)
    statuses = [sign_up(visitor).status_code for _try in range(3)]
    assert statuses == [302, 302, 429]


def test_the_browser_may_follow_from_the_form_to_the_shops_host(visitor: Client) -> None:
    policy = visitor.get("/sign-up/")["Content-Security-Policy"]
    assert "form-action 'self' http://*.localhost:8000" in policy


class TestHandoff:
    """The address that carries the founder over."""

    def test_it_works_once(self, visitor: Client) -> None:
        response = sign_up(visitor)
        follow(response)
        _client, again = follow(response)
        assert again["Location"] == "/account/login/"

    def test_it_works_for_a_minute(self, visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        response = sign_up(visitor)
        now = time.time()
        monkeypatch.setattr("django.core.signing.time.time", lambda: now + 61)
        client, arrived = follow(response)
        assert arrived["Location"] == "/account/login/"
        assert "_auth_user_id" not in client.session

    def test_it_works_only_at_its_own_shop(self, visitor: Client, cafe: Merchant, owner: User) -> None:
        path = urlsplit(sign_up(visitor)["Location"]).path
        client = client_of(cafe)
        assert client.get(path)["Location"] == "/account/login/"
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("token", ["wrong", "a:b:c", "%00"])
    def test_a_made_up_token_leads_to_sign_in(self, cafe: Merchant, token: str) -> None:
        assert client_of(cafe).get(f"/account/arrive/{token}/")["Location"] == "/account/login/"
