"""Filters, orders and pages of the list of members: Minji is meant by each filter, Chulsoo is not."""

from __future__ import annotations

import html
import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.consents import record_consent
from customers.merging import merge
from customers.models import Customer, Order
from loyalty.models import Balance, Redemption
from staff.actors import SYSTEM
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_member, an_order, some_points

pytestmark = pytest.mark.django_db
LIST = "/backoffice/customers/"


def page(client: Client, path: str = LIST, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


@pytest.fixture
def scene(cafe: Merchant) -> Customer:
    now = timezone.now()
    minji = a_member(cafe, now)
    chulsoo = a_member(cafe, now, name="박철수", email="cs@example.com", phone="+821099990000")
    some_points(cafe, minji, 500, now)
    an_order(cafe, now - 70 * DAY)  # Minji's account at the store
    with tenant_context(cafe):
        Customer.objects.filter(pk=chulsoo.pk).update(joined_at=now - 400 * DAY)
        buyer = Customer.objects.get(identities__kind="store")
        with transaction.atomic():
            merge(buyer, minji, actor=SYSTEM, at=now)
        born = timezone.localdate() + 3 * DAY
        Customer.objects.filter(pk=minji.pk).update(tags=["VIP"], birthday=born.replace(year=1992))
        Balance.objects.filter(pk=minji.pk).update(tier="gold")
        record_consent(minji, channel="email", purpose="advertising", granted=True, at=now, source="portal")
        record_consent(chulsoo, channel="email", purpose="advertising", granted=True, at=now - DAY, source="portal")
        record_consent(chulsoo, channel="email", purpose="advertising", granted=False, at=now, source="portal")
        Redemption.objects.create(
            customer=minji, reward="r", terms={}, points=0, value_minor=0, currency="KRW", origin="staff", code="X",
            key="k", created_at=now, valid_until=now + DAY,
        )  # fmt: skip
    return minji


@pytest.mark.parametrize(
    "query",
    [
        "tier=gold", "points_from=500", "points_from=1&points_to=500", "ordered=60-90", "ordered=60-",
        "joined=0-90", "birthday=week", "tag=VIP", "codes=1", "consent=email", "q=민지&tag=VIP&tier=gold",
    ],
)  # fmt: skip
def test_a_filter_finds_whom_it_means(as_owner: Client, scene: Customer, query: str) -> None:
    text = page(as_owner, f"{LIST}?{query}")
    assert "김민지" in text
    assert "박철수" not in text


@pytest.mark.parametrize(
    "query", ["tier=-", "points_to=10", "ordered=never", "joined=365-", "ordered=0-30&q=박철수", "birthday=13"]
)
def test_its_opposite_does_not(as_owner: Client, scene: Customer, query: str) -> None:
    text = page(as_owner, f"{LIST}?{query}")
    assert ("김민지" in text) == (query == "birthday=13")  # what makes no sense is not asked


@pytest.mark.parametrize("sort", ["newest", "points", "spent", "orders", "last_order", "seen", "joined", "name"])
def test_each_order_walks_through_all_pages(cafe: Merchant, as_owner: Client, sort: str) -> None:
    now = timezone.now()
    with tenant_context(cafe):
        people = Customer.objects.bulk_create(
            Customer(card_code=f"C{n:011}", name=f"회원{n:02}", created_at=now, joined_at=now - n // 3 * DAY)
            for n in range(70)
        )
        Balance.objects.bulk_create(
            Balance(customer=c, available=n // 10, spent=n // 7 + 1, orders=n // 9 + 1, seen_at=now - n // 4 * DAY)
            for n, c in enumerate(people)
        )
        Order.objects.bulk_create(
            Order(source="s", external_id=f"{n}", customer=people[n % 70], placed_at=now - n // 5 * DAY,
                  created_at=now, changed_at=now)
            for n in range(150)
        )  # fmt: skip
    forth, path = walk(as_owner, f"{LIST}?sort={sort}", "next")
    back, _path = walk(as_owner, path, "prev")
    assert len(forth) == len(set(forth)) == 70
    assert sorted(back) == sorted(forth)


@pytest.mark.parametrize("cursor", ["x~1", "1~x", "~", "2026-01-01~5", "9" * 30 + "~1", "é~²"])
@pytest.mark.parametrize("sort", ["points", "spent", "last_order", "seen", "name"])
def test_a_broken_cursor_shows_the_first_page(as_owner: Client, scene: Customer, sort: str, cursor: str) -> None:
    assert as_owner.get(LIST, {"sort": sort, "before": cursor}).status_code == 200


def walk(client: Client, path: str, rel: str) -> tuple[list[str], str]:
    """The names on all pages one way, and the address of the last page."""
    names: list[str] = []
    while True:
        text = page(client, path)
        names += re.findall(r">(회원\d\d)</a>", text)
        link = re.search(rf'rel="{rel}" href="([^"]+)"', text)
        if not link:
            return names, path
        path = LIST + html.unescape(link[1])
