"""The shop's colours arrive as a stylesheet of their own, and every page of a shop wears the shop's look."""

from __future__ import annotations

from django.test import Client

from config import brand
from config.colour import parse
from tenants.models import Merchant
from tests.conftest import client_of


def visitor(merchant: Merchant) -> Client:
    return client_of(merchant)


def test_the_sheet_is_the_shops_and_may_be_kept_for_ever(cafe: Merchant) -> None:
    response = visitor(cafe).get(brand.css_url(cafe.brand_colour))
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    assert "--primary:" in response.content.decode()


def test_an_address_from_before_a_change_answers_with_todays_colours_for_a_minute(cafe: Merchant) -> None:
    response = visitor(cafe).get("/brand-000000000000.css")
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=60"


def test_a_new_colour_has_a_new_address() -> None:
    assert brand.css_url("#0f766e") != brand.css_url("#b8410f")


def test_a_colour_stored_wrongly_shows_our_own(cafe: Merchant) -> None:
    cafe.brand_colour = "beige"
    cafe.save()
    response = visitor(cafe).get(brand.css_url("beige"))
    assert str(parse(brand.DEFAULT_COLOUR)) in response.content.decode()


def test_a_page_that_is_not_there_wears_the_shops_look_and_names_its_request(cafe: Merchant) -> None:
    response = visitor(cafe).get("/no-such-page/")
    html = response.content.decode()
    assert response.status_code == 404
    assert brand.css_url(cafe.brand_colour) in html
    assert response["X-Request-ID"] in html


def test_signing_in_wears_our_look(cafe: Merchant) -> None:
    html = visitor(cafe).get("/account/login/").content.decode()
    assert "card-page" in html
    assert 'class="input' in html
    assert 'style="' not in html
