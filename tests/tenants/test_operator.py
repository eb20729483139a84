"""The operator's admin: who gets in, what it shows, what it does."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from staff.models import User
from tenants import alarms
from tenants.models import Alarm, Merchant, PooledSchema, TrailEntry
from tests.conftest import client_of
from tests.shops import NOW

pytestmark = pytest.mark.django_db

MERCHANTS = "/operator/tenants/merchant/"


@pytest.fixture
def operator(db: None) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("operator@example.com", "correct horse battery"))
    return client


def page_of(merchant: Merchant, action: str = "change") -> str:
    return f"{MERCHANTS}{merchant.pk}/{action}/"


def acting(merchant: Merchant, action: str) -> str:
    return f"{MERCHANTS}{merchant.pk}/{action}/"


def state_of(merchant: Merchant) -> str:
    return Merchant.objects.get(pk=merchant.pk).state


def test_it_sends_a_stranger_to_sign_in() -> None:
    response = Client(headers={"host": "localhost"}).get("/operator/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/account/login/?next=")


def test_it_refuses_a_user_who_is_no_operator() -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_user("somebody@example.com"))
    assert client.get("/operator/", follow=True).status_code == 403


def test_it_is_not_there_on_a_shops_host(cafe: Merchant, owner: User) -> None:
    assert client_of(cafe, owner).get("/operator/").status_code == 404


@pytest.mark.parametrize("model", ["merchant", "alarm", "pooledschema", "trailentry"])
def test_every_list_opens(operator: Client, cafe: Merchant, model: str) -> None:
    assert operator.get(f"/operator/tenants/{model}/").status_code == 200


@pytest.mark.parametrize("model", ["merchant", "alarm", "pooledschema", "trailentry"])
def test_adding_and_deleting_are_never_offered(operator: Client, cafe: Merchant, model: str) -> None:
    assert operator.get(f"/operator/tenants/{model}/add/").status_code == 403
    assert operator.post(f"/operator/tenants/{model}/{cafe.pk}/delete/").status_code in (302, 403)
    assert Merchant.objects.filter(pk=cafe.pk).exists()
    assert b"delete_selected" not in operator.get(f"/operator/tenants/{model}/").content


def test_the_list_shows_state_and_size_but_not_the_installation(operator: Client, cafe: Merchant) -> None:
    page = operator.get(MERCHANTS).content.decode()
    assert "소담커피" in page
    assert "Active" in page
    assert re.search(r"\d\xa0[KM]B", page)
    assert "Dangol</a>" not in page


def test_the_list_is_searched_by_host(operator: Client, cafe: Merchant, bikes: Merchant) -> None:
    page = operator.get(MERCHANTS, {"q": "cafe.localhost"}).content.decode()
    assert "소담커피" in page
    assert "Spoke" not in page


def test_the_sizes_of_a_page_come_in_one_query(
    operator: Client, cafe: Merchant, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(12) as queries:  # type: ignore[operator]
        operator.get(MERCHANTS)
    assert sum("pg_total_relation_size" in query["sql"] for query in queries.captured_queries) == 1


def test_it_suspends_with_a_reason(operator: Client, cafe: Merchant) -> None:
    operator.post(acting(cafe, "suspend"), {"reason": "Bills unpaid"})
    assert state_of(cafe) == "suspended"
    entry = TrailEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.reason) == (
        "merchant.suspended", "operator@example.com", "Bills unpaid",
    )  # fmt: skip


def test_it_does_not_suspend_without_a_reason(operator: Client, cafe: Merchant) -> None:
    assert operator.post(acting(cafe, "suspend"), {"reason": ""}).status_code == 422
    assert state_of(cafe) == "active"


def test_asking_changes_nothing(operator: Client, cafe: Merchant) -> None:
    assert operator.get(acting(cafe, "suspend")).status_code == 200
    assert state_of(cafe) == "active"


def test_it_resumes(operator: Client, cafe: Merchant) -> None:
    operator.post(acting(cafe, "suspend"), {"reason": "Bills unpaid"})
    operator.post(acting(cafe, "resume"))
    assert state_of(cafe) == "active"


def test_it_closes_and_takes_it_back(operator: Client, cafe: Merchant) -> None:
    operator.post(acting(cafe, "close"), {"reason": "Asked to"})
    assert state_of(cafe) == "closing"
    operator.post(acting(cafe, "reopen"))
    assert state_of(cafe) == "active"


def test_an_action_that_does_not_fit_the_state_is_refused(operator: Client, cafe: Merchant) -> None:
    assert operator.post(acting(cafe, "resume")).status_code == 403
    assert "Suspend" in operator.get(page_of(cafe)).content.decode()
    assert acting(cafe, "resume") not in operator.get(page_of(cafe)).content.decode()


def test_the_alarms_shown_first_are_those_that_fail(operator: Client, cafe: Merchant) -> None:
    Alarm.objects.create(schema_name=cafe.schema_name, kind="inbox", failures=3, last_error="KeyError: 'rule'")
    Alarm.objects.create(schema_name=cafe.schema_name, kind="expiry")
    page = operator.get("/operator/tenants/alarm/").content.decode()
    assert "소담커피" in page
    assert "inbox" in page
    assert "expiry" not in page


def test_a_failing_alarm_is_tried_again_now(operator: Client, cafe: Merchant) -> None:
    alarm = Alarm.objects.create(schema_name=cafe.schema_name, kind="inbox", failures=3, retry_at=NOW)
    operator.post("/operator/tenants/alarm/", {"action": "try_again", "_selected_action": [alarm.pk]})
    alarm.refresh_from_db()
    assert (alarm.retry_at, alarm.due_at) == (None, alarms.AT_ONCE)


def test_the_pool_is_counted_and_refilled(operator: Client) -> None:
    assert "0 of 5 schemas ready" in operator.get("/operator/tenants/pooledschema/").content.decode()
    operator.post("/operator/tenants/pooledschema/refill/")
    assert Alarm.objects.get(kind="pool").due_at == alarms.AT_ONCE
    assert PooledSchema.objects.count() == 0
