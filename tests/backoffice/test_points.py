"""Points given and taken by hand, and undone."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty.models import Balance, Journal
from tenants.models import Merchant
from tests.backoffice.scenes import a_member, a_programme, some_points

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "div#customer"}


@pytest.fixture
def minji(cafe: Merchant) -> Customer:
    a_programme(cafe, timezone.now())
    return a_member(cafe, timezone.now())


def adjust(
    client: Client, customer: Customer, points: object = 500, *, headers: dict[str, str] | None = None, **fields: Any
) -> Any:
    client.cookies["language"] = "en"
    sent = {"direction": "give", "points": points, "reason": "goodwill", "note": "", "key": str(uuid.uuid4()), **fields}
    return client.post(f"/backoffice/customers/{customer.pk}/adjust/", sent, headers=headers)


def available(merchant: Merchant, customer: Customer) -> int:
    with tenant_context(merchant):
        return Balance.objects.values_list("available", flat=True).filter(customer=customer).first() or 0


def last_journal(merchant: Merchant) -> Journal:
    with tenant_context(merchant):
        return Journal.objects.latest("pk")


def test_a_manager_gives_points(cafe: Merchant, as_manager: Client, minji: Customer) -> None:
    adjust(as_manager, minji)
    assert available(cafe, minji) == 500


def test_the_reason_and_the_person_are_kept(cafe: Merchant, as_manager: Client, minji: Customer) -> None:
    adjust(as_manager, minji, note="컵이 깨졌어요")
    journal = last_journal(cafe)
    assert journal.reason.endswith(": 컵이 깨졌어요")
    assert (journal.actor_kind, bool(journal.actor_name)) == ("staff", True)


def test_points_are_taken(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    some_points(cafe, minji, 500, timezone.now())
    adjust(as_owner, minji, 200, direction="take")
    assert available(cafe, minji) == 300


def test_more_than_there_is_cannot_be_taken(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    response = adjust(as_owner, minji, 200, direction="take")
    assert response.status_code == 422
    assert "does not have that many points" in response.content.decode()


def test_the_same_form_sent_twice_gives_once(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    key = str(uuid.uuid4())
    adjust(as_owner, minji, key=key)
    adjust(as_owner, minji, key=key)
    assert available(cafe, minji) == 500


def test_the_same_form_with_other_points_is_refused(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    key = str(uuid.uuid4())
    adjust(as_owner, minji, key=key)
    assert adjust(as_owner, minji, 600, key=key).status_code == 422
    assert available(cafe, minji) == 500


def test_something_else_needs_words(as_owner: Client, minji: Customer) -> None:
    assert adjust(as_owner, minji, reason="other").status_code == 422


@pytest.mark.parametrize("points", ["", "0", "-5", "1.5", "lots", "1" * 30])
def test_points_that_make_no_sense_are_refused(as_owner: Client, minji: Customer, points: str) -> None:
    assert adjust(as_owner, minji, points).status_code == 422


@pytest.mark.parametrize("wrong", [{"key": "x"}, {"key": ""}, {"reason": "because"}, {"direction": "throw"}])
def test_a_form_that_was_tampered_with_is_refused(as_owner: Client, minji: Customer, wrong: dict[str, Any]) -> None:
    assert adjust(as_owner, minji, **wrong).status_code == 422


def test_a_colleague_may_not_adjust(as_colleague: Client, minji: Customer) -> None:
    assert adjust(as_colleague, minji).status_code == 403


def test_htmx_gets_the_new_balance_and_a_toast_with_undo(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    response = adjust(as_owner, minji, headers=HTMX)
    toast = json.loads(response["HX-Trigger"])["toast"]
    assert toast["undo"] == f"/backoffice/points/{last_journal(cafe).pk}/undo/"
    assert "+500 P" in toast["text"]
    assert "<html" not in response.content.decode()


def test_htmx_gets_only_the_form_back_when_it_is_wrong(as_owner: Client, minji: Customer) -> None:
    response = adjust(as_owner, minji, "", headers=HTMX)
    assert response.status_code == 422
    assert response.content.decode().strip().startswith("<form")


def test_without_htmx_the_message_carries_undo(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    response = adjust(as_owner, minji)
    text = as_owner.get(response["Location"]).content.decode()
    assert text.count(f'action="/backoffice/points/{last_journal(cafe).pk}/undo/"') == 2  # the toast and the history


def test_an_adjustment_is_undone(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    adjust(as_owner, minji)
    response = as_owner.post(f"/backoffice/points/{last_journal(cafe).pk}/undo/")
    assert response["Location"] == f"/backoffice/customers/{minji.pk}/"
    assert available(cafe, minji) == 0


def test_undone_twice_is_undone_once(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    adjust(as_owner, minji)
    path = f"/backoffice/points/{last_journal(cafe).pk}/undo/"
    as_owner.post(path)
    assert as_owner.post(path).status_code == 302
    with tenant_context(cafe):
        assert Journal.objects.filter(kind="reverse").count() == 1


def test_what_was_undone_is_not_offered_again(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    adjust(as_owner, minji)
    path = f"/backoffice/points/{last_journal(cafe).pk}/undo/"
    as_owner.post(path)
    as_owner.get(f"/backoffice/customers/{minji.pk}/")  # shows and drops the messages
    assert path not in as_owner.get(f"/backoffice/customers/{minji.pk}/").content.decode()


def test_only_adjustments_are_undone(as_owner: Client) -> None:
    assert as_owner.post("/backoffice/points/999999/undo/").status_code == 404


def test_a_colleague_may_not_undo(cafe: Merchant, as_owner: Client, as_colleague: Client, minji: Customer) -> None:
    adjust(as_owner, minji)
    assert as_colleague.post(f"/backoffice/points/{last_journal(cafe).pk}/undo/").status_code == 403
