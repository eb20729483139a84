"""The page of the audit trail."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from staff import audit
from staff.actors import SYSTEM, Actor
from staff.models import User
from tenants.models import Merchant
from tests.conftest import client_of
from tests.shops import NOW

pytestmark = pytest.mark.django_db


def record(merchant: Merchant, action: str = "staff.role_changed", at: datetime = NOW, **fields: Any) -> None:
    with tenant_context(merchant):
        audit.record(action, actor=fields.pop("actor", SYSTEM), at=at, **fields)


def labels(client: Client, **query: str | int) -> list[str]:
    """What the entries on the page are about."""
    response = client.get("/backoffice/audit/", query)
    assert response.status_code == 200
    return [line.entry.object_label for line in response.context["lines"]]


def test_it_says_what_happened_with_the_difference(as_owner: Client, cafe: Merchant) -> None:
    as_owner.cookies["language"] = "en"
    actor = Actor("staff", 1, "Kim Minji")
    record(cafe, actor=actor, object_label="Park", changes={"role": ["cashier", "manager"]})
    page = as_owner.get("/backoffice/audit/").content.decode()
    assert "Kim Minji changed the role of Park" in page
    assert "<del>Cashier</del>" in page
    assert "<ins>Manager</ins>" in page


def test_it_is_filtered_by_person(as_owner: Client, cafe: Merchant, owner: User) -> None:
    record(cafe, actor=Actor("staff", owner.pk, "Owner"), object_label="theirs")
    record(cafe, object_label="the system's")
    assert labels(as_owner, person=owner.pk) == ["theirs"]


def test_it_is_filtered_by_area(as_owner: Client, cafe: Merchant) -> None:
    record(cafe, "staff.joined", object_label="person")
    record(cafe, "shop.changed", object_label="shop")
    assert labels(as_owner, area="shop") == ["shop"]


def test_it_is_filtered_by_thing(as_owner: Client, cafe: Merchant) -> None:
    for number in (1, 2):
        record(cafe, "customer.edited", object_kind="customer", object_id=number, object_label=str(number))
    assert labels(as_owner, kind="customer", id=2) == ["2"]


def test_it_is_searched_by_name(as_owner: Client, cafe: Merchant) -> None:
    record(cafe, actor=Actor("staff", 1, "김민지"), object_label="a")
    record(cafe, actor=Actor("staff", 2, "박서준"), object_label="b")
    assert labels(as_owner, q="민지") == ["a"]


def test_a_day_is_a_day_of_the_shops_calendar(as_owner: Client, cafe: Merchant) -> None:
    midnight_in_seoul = datetime.fromisoformat("2026-11-20T00:00+09:00")
    record(cafe, at=midnight_in_seoul, object_label="first of the day")
    record(cafe, at=midnight_in_seoul - timedelta(seconds=1), object_label="last of the day before")
    assert labels(as_owner, **{"from": "2026-11-20", "to": "2026-11-20"}) == ["first of the day"]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-13-45"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"person": "x"},
        {"person": "9" * 30},
        {"area": "moon"},
        {"kind": "customer", "id": "²"},
        {"before": "abc"},
        {"q": "\x00"},
    ],
)
def test_a_filter_that_makes_no_sense_is_left_out(as_owner: Client, cafe: Merchant, query: dict[str, str]) -> None:
    record(cafe, object_kind="customer", object_label="kept")
    assert labels(as_owner, **query) == ["kept"]


def test_older_entries_are_a_page_away(as_owner: Client, cafe: Merchant) -> None:
    for number in range(35):
        record(cafe, object_label=str(number))
    first = as_owner.get("/backoffice/audit/")
    older = as_owner.get("/backoffice/audit/" + first.context["page"].older)
    seen = [line.entry.object_label for page in (first, older) for line in page.context["lines"]]
    assert seen == [str(number) for number in reversed(range(35))]


def test_htmx_gets_only_the_results(as_owner: Client, cafe: Merchant) -> None:
    response = as_owner.get("/backoffice/audit/", headers={"hx-request": "true", "hx-target": "div#results"})
    assert b"<html" not in response.content


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"object_kind": "customer", "object_id": 5}, "/backoffice/customers/5/"),
        (
            {"object_kind": "programme_version", "object_id": 9, "object_label": "3"},
            "/backoffice/programme/versions/3/",
        ),
        ({"object_kind": "programme_version", "object_id": 9, "object_label": "x/y"}, ""),
        ({"object_kind": "store", "object_id": 999}, ""),
        ({"object_kind": "staff", "object_id": 1}, ""),
        ({"object_kind": "customer"}, ""),
    ],
)
def test_an_entry_leads_to_its_thing(as_owner: Client, cafe: Merchant, fields: dict[str, Any], url: str) -> None:
    record(cafe, **fields)
    (line,) = as_owner.get("/backoffice/audit/").context["lines"]
    assert line.url == url


def test_it_shows_nothing_of_another_shop(cafe: Merchant, bikes: Merchant, outsider: User) -> None:
    record(cafe, object_label="canary")
    assert labels(client_of(bikes, outsider)) == []


def test_it_costs_few_queries(as_owner: Client, cafe: Merchant, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        record(cafe, object_kind="store", object_id=number + 1, object_label=str(number))
    with django_assert_max_num_queries(12):
        as_owner.get("/backoffice/audit/")
