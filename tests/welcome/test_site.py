"""The public site, in both languages."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import Merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("path", ["/", "/sign-up/", "/find/", "/privacy/"])
def test_a_page_opens(visitor: Client, path: str, language: str) -> None:
    visitor.cookies["language"] = language
    response = visitor.get(path)
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()


@pytest.mark.parametrize(
    "typed", ["cafe", " CAFE ", "cafe.localhost", "http://cafe.localhost:8000/backoffice/", "cafe.localhost."]
)
def test_a_shop_is_found_however_its_address_is_written(visitor: Client, cafe: Merchant, typed: str) -> None:
    response = visitor.post("/find/", {"address": typed, "staff": "1"})
    assert response["Location"] == "http://cafe.localhost:8000/backoffice/"


def test_a_customer_goes_to_the_members_page(visitor: Client, cafe: Merchant) -> None:
    response = visitor.post("/find/", {"address": "cafe", "member": "1"})
    assert response["Location"] == "http://cafe.localhost:8000/"


@pytest.mark.parametrize(
    "typed", ["", "nobody", "localhost", "http://[", "a b", "//", "x" * 400, "cafe\x00", "http://evil.example/"]
)
def test_an_address_without_a_shop_is_said_beside_the_field(visitor: Client, typed: str) -> None:
    response = visitor.post("/find/", {"address": typed})
    assert response.status_code == 422
    assert "address" in response.context["form"].errors


def test_search_engines_are_kept_out_of_accounts(visitor: Client) -> None:
    response = visitor.get("/robots.txt")
    assert response["Content-Type"] == "text/plain"
    assert "Disallow: /account/" in response.content.decode()


def test_the_old_name_of_the_icon_leads_to_it(visitor: Client) -> None:
    assert visitor.get("/favicon.ico")["Location"].endswith("favicon.svg")


def test_a_shops_host_does_not_serve_the_public_site(cafe: Merchant, as_nobody: Any) -> None:
    assert as_nobody.get("/sign-up/").status_code == 404
