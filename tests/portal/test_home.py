"""The member's front page: what they have, what comes, what goes, what they can get."""

from __future__ import annotations

import gzip
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from loyalty import ledger
from staff.actors import SYSTEM
from tenants.alarms import drain
from tenants.models import Merchant
from tests.portal.browsing import signed_in
from tests.portal.shopping import buy, member, open_programme

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def give(merchant: Merchant, customer_id: int, points: int, at: datetime, reason: str = "Welcome") -> None:
    """Points given by hand, as a manager does."""
    with tenant_context(merchant):
        ledger.adjust(customer_id, points, reason=reason, actor=SYSTEM, key=f"gift:{reason}:{points}", at=at)


def visit(merchant: Merchant, customer: Any, at: datetime, path: str = "/", language: str = "en") -> str:
    """The page this member sees at that moment, with white space made even."""
    with time_machine.travel(at, tick=False):
        client = signed_in(merchant, customer, at)
        client.cookies["language"] = language
        response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_new_member_is_told_how_to_begin(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    html = visit(cafe, member(cafe, now), now)
    assert '<p class="figure">0 P</p>' in html
    assert "No points yet" in html


def test_the_home_page_works_before_there_is_a_programme(cafe: Merchant, now: datetime) -> None:
    assert '<p class="figure">0 P</p>' in visit(cafe, member(cafe, now), now)


def test_pending_points_stand_apart_with_their_date(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    buy(cafe, 48_000, at=now)
    html = visit(cafe, mina, now)
    assert '<p class="figure">0 P</p>' in html
    assert "480 P more from 27 November 2026" in html


def test_points_become_usable_after_the_wait(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    buy(cafe, 48_000, at=now)
    drain(cafe, now + WEEK)
    html = visit(cafe, mina, now + WEEK)
    assert '<p class="figure">480 P</p>' in html
    assert "more from" not in html


def test_the_next_expiry_is_always_shown(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    buy(cafe, 48_000, at=now)
    drain(cafe, now + WEEK)
    assert "480 P expire on 30 November 2029, 23:59 (Seoul)" in visit(cafe, mina, now + WEEK)


def test_what_is_near_is_said_in_words_and_drawn(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    give(cafe, mina.pk, 1_200, now)
    near = visit(cafe, mina, now).split("Not far any more")[1].split("</ul>")[0]
    assert "<strong>1,800 P more</strong>" in near
    assert "of 3,000 P" in near
    assert '<progress value="0.4" max="1"' in near


def test_what_can_be_had_now_is_listed_the_best_first(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    give(cafe, mina.pk, 3_100, now)
    listed = visit(cafe, mina, now).split("You can have now")[1].split("</ul>")[0]
    assert listed.index(">3,000 P<") < listed.index(">1,000 P<")
    assert "5,000 P" not in listed


def test_stamp_cards_stand_on_the_home_page(cafe: Merchant, now: datetime) -> None:
    card = {"key": "coffee", "name": {"en": "Ten coffees"}, "stamps": 10, "reward": "reward-1"}
    open_programme(cafe, now, stamps=[card])
    html = visit(cafe, member(cafe, now), now)
    assert "Ten coffees" in html
    assert "0 of 10 stamps" in html


def test_the_way_to_the_next_tier_is_told_in_words_and_numbers(cafe: Merchant, now: datetime) -> None:
    gold = {"key": "gold", "name": {"en": "Gold"}, "threshold": 100_000}
    open_programme(cafe, now, tiers={"metric": "spend", "tiers": [gold]})
    mina = member(cafe, now)
    buy(cafe, 40_000, at=now)
    html = visit(cafe, mina, now)
    assert "₩60,000 more to Gold" in html
    assert "₩40,000 of ₩100,000" in html


def test_the_card_is_one_press_away_on_every_page(cafe: Merchant, now: datetime) -> None:
    mina = member(cafe, now)
    for path in ("/", "/earn/", "/rewards/", "/me/", "/history/"):
        assert 'class="show-card" href="/card/"' in visit(cafe, mina, now, path)


def test_debt_is_shown_and_explained(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now, hold_days=0)
    mina = member(cafe, now)
    buy(cafe, 50_000, at=now)
    with tenant_context(cafe):
        held = ledger.hold(mina.pk, 500, reason="Coffee", actor=SYSTEM, key="h", at=now)
        ledger.capture(held.pk, actor=SYSTEM, key="c", at=now)
    later = now + timedelta(hours=1)
    buy(cafe, 50_000, at=now, updated_at=later, state="cancelled", cancelled_at=later)
    assert "500 P to pay back" in visit(cafe, mina, later)


def test_the_latest_lines_of_the_history_stand_on_the_home_page(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    give(cafe, mina.pk, 300, now, reason="Sorry for the wait")
    html = visit(cafe, mina, now)
    assert "Sorry for the wait" in html
    assert "+300 P" in html


def test_a_guests_earlier_orders_join_when_the_address_is_proven(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    buy(cafe, 48_000, at=now)
    assert "480 P more from" in visit(cafe, member(cafe, now), now)


def test_another_members_points_do_not_show(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    buy(cafe, 48_000, at=now, email="other@example.com")
    member(cafe, now, email="other@example.com")
    html = visit(cafe, member(cafe, now), now)
    assert "480" not in html


@pytest.mark.parametrize("path", ["/", "/card/", "/me/", "/history/", "/expiry/"])
def test_a_name_is_text_and_not_markup(cafe: Merchant, now: datetime, path: str) -> None:
    mina = member(cafe, now, name='<img src=x onerror="alert(1)">')
    give(cafe, mina.pk, 5, now, reason="<script>alert(2)</script>")
    html = visit(cafe, mina, now, path)
    assert "<img src=x" not in html
    assert "<script>alert" not in html


def test_it_speaks_korean(cafe: Merchant, now: datetime) -> None:
    assert '<html lang="ko"' in visit(cafe, member(cafe, now), now, language="ko")


def test_it_takes_at_most_seven_queries(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now, name="Mina")
    for number in range(6):
        buy(cafe, 48_000, at=now + timedelta(hours=number), number=str(number))
    later = now + timedelta(hours=8)
    with time_machine.travel(later, tick=False):
        client = signed_in(cafe, mina, later)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
    assert len(queries) <= 7, "\n".join(q["sql"] for q in queries)


def test_the_page_itself_is_light(cafe: Merchant, now: datetime) -> None:
    open_programme(cafe, now)
    mina = member(cafe, now)
    for number in range(6):
        buy(cafe, 48_000, at=now + timedelta(hours=number), number=str(number))
    html = visit(cafe, mina, now + timedelta(hours=8))
    assert len(gzip.compress(html.encode())) < 12_000


def test_it_does_not_answer_post(as_nobody: Client) -> None:
    assert as_nobody.post("/").status_code == 405
