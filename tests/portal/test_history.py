"""The history: every point with its reason, page by page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from tenants.alarms import drain
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import buy, member, open_programme
from tests.portal.test_home import WEEK, give, visit

pytestmark = pytest.mark.django_db


def reasons(html: str) -> list[int]:
    """The numbers of the gifts listed, in the order shown."""
    return [int(n) for n in re.findall(r"Gift number (\d+)\b", html)]


def gifts(merchant: Merchant, customer_id: int, many: int, now: datetime) -> None:
    for number in range(many):
        give(merchant, customer_id, 10, now + timedelta(minutes=number), reason=f"Gift number {number}")


def test_an_order_is_explained_with_its_sum_and_number(bikes: Merchant, now: datetime) -> None:
    open_programme(bikes, now)
    mina = member(bikes, now)
    buy(bikes, 4_800, at=now, number="A-77")
    html = visit(bikes, mina, now, "/history/")
    assert "£48.00 spent × 1 point per £1.00 = 48 points" in html
    assert "Order A-77" in html
    assert "+48 P" in html
    assert "Can be used from 4 December 2026." in html


def test_a_line_shows_when_it_happened(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    give(cafe, mina.pk, 10, now)
    assert "20 Nov 2026, 12:00" in visit(cafe, mina, now, "/history/")
    assert "2026. 11. 20. 12:00" in visit(cafe, mina, now, "/history/", language="ko")


def test_each_line_shows_the_balance_after_it(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    give(cafe, mina.pk, 100, now, reason="First")
    give(cafe, mina.pk, -30, now + timedelta(minutes=1), reason="Second")
    html = visit(cafe, mina, now + WEEK, "/history/")
    second, first = html.index("Balance 70 P"), html.index("Balance 100 P")
    assert second < first
    assert "−30 P" in html


def test_a_long_history_goes_on_with_older(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    gifts(cafe, mina.pk, 70, now)
    path, read = "/history/", []
    for _page in range(3):
        html = visit(cafe, mina, now + WEEK, path)
        read += reasons(html)
        older = re.search(r'href="(/history/\?before=\d+)"', html)
        path = older.group(1) if older else ""
    assert read == list(range(69, -1, -1))
    assert path == ""


def test_an_older_page_leads_back_to_the_newest(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    gifts(cafe, mina.pk, 2, now)
    assert 'href="/history/"' in visit(cafe, mina, now + WEEK, "/history/?before=2").split("<main")[1]


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "1.5", "９", "9" * 18, "9" * 40, "%00", "1'; drop"])
def test_a_strange_place_in_the_history_is_answered(cafe: Merchant, now: datetime, before: str) -> None:
    client: Client = signed_in(cafe, member(cafe, now))
    assert client.get("/history/", {"before": before}).status_code == 200


def test_lots_are_listed_by_the_moment_they_expire(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    buy(cafe, 10_000, at=now - timedelta(days=60), number="1")
    buy(cafe, 20_000, at=now, number="2")
    buy(cafe, 30_000, at=now + timedelta(hours=1), number="3")
    drain(cafe, now + WEEK)
    listed = visit(cafe, mina, now + WEEK, "/expiry/").split('id="expiry"')[1]
    assert listed.index("100 P") < listed.index("200 P") < listed.index("300 P")
    assert "30 September 2029, 23:59 (Seoul)" in listed
    assert "still on their way" in listed.split("300 P")[1]


def test_points_that_never_expire_say_so(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now, expiry_months=None)
    mina = member(cafe, now)
    buy(cafe, 10_000, at=now)
    assert "Never expires" in visit(cafe, mina, now, "/expiry/")


def test_an_empty_history_says_what_will_stand_there(cafe: Merchant, now: datetime) -> None:
    assert "No points yet" in visit(cafe, member(cafe, now), now, "/history/")


def test_only_what_was_asked_for_is_shown_with_the_balance_of_then(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    give(cafe, mina.pk, 100, now, reason="First")
    buy(cafe, 5_000, at=now)
    give(cafe, mina.pk, -30, now + timedelta(minutes=1), reason="Second")
    html = visit(cafe, mina, now + WEEK, "/history/?show=shop")
    assert html.index("Balance 70 P") < html.index("Balance 100 P")
    assert "Order 1001" not in html


def test_a_kind_that_there_is_nothing_of_offers_the_way_back(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    give(cafe, mina.pk, 100, now)
    assert "Nothing of this kind" in visit(cafe, mina, now, "/history/?show=expired")


def test_when_nothing_expires_the_page_says_so(cafe: Merchant, now: datetime) -> None:
    assert "Nothing will expire" in visit(cafe, member(cafe, now), now, "/expiry/")
