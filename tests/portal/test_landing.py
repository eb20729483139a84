"""What a stranger sees at a shop's front door."""

from __future__ import annotations

from datetime import datetime

import pytest

from loyalty.programme import default_rules
from loyalty.rules import Rules
from loyalty.words.promises import earning, lasting, promises, waiting, worth
from tenants.models import Merchant
from tests.conftest import client_of
from tests.portal.shopping import open_programme

pytestmark = pytest.mark.django_db

POUNDS = default_rules("GB", "GBP")
WON = default_rules("KR", "KRW")


def rules(base: Rules = POUNDS, **changes: object) -> Rules:
    return Rules.from_json({**base.to_json(), **changes})


def page(merchant: Merchant, language: str = "en") -> str:
    client = client_of(merchant)
    client.cookies["language"] = language
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_stranger_is_asked_for_an_address_at_once(cafe: Merchant) -> None:
    html = page(cafe)
    assert 'action="/sign-in/"' in html
    assert 'autocomplete="email"' in html


def test_a_shop_without_a_programme_promises_nothing(cafe: Merchant) -> None:
    assert "How it works" not in page(cafe)


def test_the_programme_is_told_in_plain_words(bikes: Merchant, now: datetime) -> None:
    open_programme(bikes, now)
    html = page(bikes)
    assert "You collect 1 P for every £1.00 you spend." in html
    assert "100 P are worth £1.00." in html
    assert "You can use your points 14 days after you paid." in html
    assert "Your points last 2 years." in html


def test_a_programme_in_won_speaks_of_percent(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    assert "You collect 1 % of what you spend, in points." in page(cafe)


@pytest.mark.parametrize(
    ("earn_points", "earn_per", "said"), [(1, 100, "1 %"), (3, 200, "1.5 %"), (10, 100, "10 %"), (1, 400, "0.25 %")]
)
def test_a_rate_is_said_without_needless_zeros(earn_points: int, earn_per: int, said: str) -> None:
    assert f"You collect {said} of" in earning(rules(WON, earn_points=earn_points, earn_per=earn_per), "P")


def test_a_smallest_order_is_said() -> None:
    assert earning(rules(minimum_minor=1000), "P").endswith("Orders from £10.00 count.")


def test_points_without_a_worth_promise_none() -> None:
    assert all("worth" not in promise.text for promise in promises(rules(worth_of_100=0), "P"))


def test_the_shops_own_name_for_points_is_used() -> None:
    assert worth(POUNDS, "beans") == "100 beans are worth £1.00."


def test_waiting_is_said_in_days() -> None:
    assert waiting(rules(hold_days=0)) == "You can use your points as soon as you have paid."
    assert waiting(rules(hold_days=1)) == "You can use your points 1 day after you paid."


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (None, "Your points never expire."),
        (1, "Your points last 1 month."),
        (18, "Your points last 18 months."),
        (12, "Your points last 1 year."),
        (36, "Your points last 3 years."),
    ],
)
def test_how_long_points_last_is_said(months: int | None, said: str) -> None:
    assert lasting(rules(expiry_months=months, hold_days=0)) == said


def test_a_shops_name_is_text_and_not_markup(cafe: Merchant) -> None:
    from tenants import directory

    Merchant.objects.filter(pk=cafe.pk).update(name="<script>alert(1)</script>")
    directory.forget()
    html = page(cafe)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
