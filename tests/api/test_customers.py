"""Customers through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.erasing import erase
from customers.merging import merge
from customers.models import Consent, Customer
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.api.programs import NOW, Program, problem

ADA = {"email": "ada@example.com", "name": "Ada Byron"}


def account(**changes: Any) -> dict[str, Any]:
    return {"id": "7", "updated_at": NOW.isoformat(), **ADA, **changes}


def test_it_adds_a_customer_by_an_account(program: Program) -> None:
    answer = program.put("customers", account(birthday="1990-12-10", language="en-GB"))
    told = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/customers/{told['id']}")
    assert told["accounts"] == [{"source": "api", "id": "7"}]
    assert (told["name"], told["email"], told["email_verified"]) == ("Ada Byron", "ada@example.com", False)
    assert (told["birthday"], told["language"]) == ("1990-12-10", "en")
    assert program.get(f"customers/{told['id']}").json() == told


def test_the_newest_document_of_an_account_counts(program: Program) -> None:
    first = program.put("customers", account(name="New")).json()
    late = program.put("customers", account(name="Old", updated_at=(NOW - timedelta(days=1)).isoformat()))
    assert (late.status_code, late.json()["id"], late.json()["name"]) == (200, first["id"], "New")


@pytest.mark.parametrize("told", [{"email": "Ada@Example.com"}, {"phone": "010-1234-5678"}], ids=["email", "phone"])
def test_it_finds_a_customer_by_an_address(program: Program, told: dict[str, str]) -> None:
    first = program.put("customers", told)
    second = program.put("customers", {**told, "name": "Ada Byron"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["name"] == "Ada Byron"


def test_a_verified_address_is_proven(program: Program) -> None:
    told = program.put("customers", {**ADA, "email_verified": True}).json()
    assert told["email_verified"]
    assert program.put("customers", {"phone": "01012345678", "phone_verified": True}).json()["phone_verified"]


def test_an_account_does_not_take_over_a_proven_address(program: Program) -> None:
    program.put("customers", {**ADA, "email_verified": True})
    assert problem(program.put("customers", account())) == (409, "address_taken")
    assert program.put("customers", account(email_verified=True)).status_code == 200


def test_it_changes_what_is_told_and_leaves_the_rest(cafe: Merchant, program: Program) -> None:
    pk = program.customer(**ADA)
    answer = program.patch(f"customers/{pk}", {"name": "Ada King", "birthday": "1990-12-10"})
    assert (answer.json()["name"], answer.json()["email"]) == ("Ada King", "ada@example.com")
    assert program.patch(f"customers/{pk}", {"birthday": None, "email": ""}).json()["birthday"] is None
    with tenant_context(cafe):
        edited = AuditEntry.objects.filter(action="customer.edited").first()
        assert edited
        assert (edited.actor_kind, edited.actor_name, edited.actor_id) == ("api", "till", program.row.pk)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"email": "none"}, "/email"),
        ({"phone": "1"}, "/phone"),
        ({"birthday": "1990-02-30"}, "/birthday"),
        ({"birthday": "2990-02-03"}, "/birthday"),
        ({"language": "not a tag"}, "/language"),
        ({"nickname": "A"}, "/nickname"),
        ({"name": 1}, "/name"),
    ],
)
def test_a_wrong_change_is_named_by_its_place(program: Program, told: dict[str, Any], place: str) -> None:
    answer = program.patch(f"customers/{program.customer(**ADA)}", told)
    assert problem(answer) == (422, "document_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]


def test_a_change_of_what_somebody_else_changed_is_refused(program: Program) -> None:
    pk = program.customer(**ADA)
    seen = program.get(f"customers/{pk}")["ETag"]
    changed = program.patch(f"customers/{pk}", {"name": "Ada King"}, if_match=seen)
    assert changed.status_code == 200
    assert problem(program.patch(f"customers/{pk}", {"name": "Ada"}, if_match=seen)) == (412, "changed_meanwhile")
    assert program.patch(f"customers/{pk}", {"name": "Ada"}, if_match=changed["ETag"]).status_code == 200


def test_what_has_not_changed_is_not_sent_again(program: Program) -> None:
    pk = program.customer(**ADA)
    seen = program.get(f"customers/{pk}")["ETag"]
    again = program.get(f"customers/{pk}", if_none_match=f'"other", W/{seen}')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", seen)
    program.patch(f"customers/{pk}", {"name": "Ada King"})
    assert program.get(f"customers/{pk}", if_none_match=seen).status_code == 200


@pytest.mark.parametrize(
    "query", ["q=byron", "email=ADA@example.com", "phone=01012345678", "external_id=7", "external_id=7&source=api"]
)
def test_it_finds_customers(program: Program, query: str) -> None:
    pk = program.customer(**account(phone="01012345678"))
    program.customer(email="bob@example.com", name="Bob")
    assert [told["id"] for told in program.get(f"customers?{query}").json()["data"]] == [pk]


@pytest.mark.parametrize("query", ["q=zzz", "email=none", "phone=1", "external_id=7&source=st_x", "member=false"])
def test_it_finds_nobody_where_there_is_nobody(program: Program, query: str) -> None:
    program.customer(**account())
    assert program.get(f"customers?{query}").json() == {"data": [], "next_cursor": None}


def test_pages_are_stable_while_customers_are_added(program: Program) -> None:
    ids = [program.customer(email=f"{n}@example.com") for n in range(4)]
    first = program.get("customers?limit=2").json()
    program.customer(email="late@example.com")
    second = program.get(f"customers?limit=2&cursor={first['next_cursor']}").json()
    assert [told["id"] for page in (first, second) for told in page["data"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_a_consent_is_added_with_its_evidence(cafe: Merchant, program: Program) -> None:
    pk = program.customer(**ADA)
    decision = {"channel": "email", "purpose": "advertising", "granted": True, "wording": "Yes, write to me."}
    assert program.post(f"customers/{pk}/consents", decision).status_code == 201
    later = program.post(f"customers/{pk}/consents", {**decision, "granted": False})
    [told] = program.get(f"customers/{pk}/consents").json()["data"]
    assert told == later.json()
    with tenant_context(cafe):
        kept = Consent.objects.order_by("id").first()
        assert kept
        assert (kept.source, kept.evidence["wording"]) == ("api", "Yes, write to me.")


def test_consents_in_a_document_are_recorded_once(cafe: Merchant, program: Program) -> None:
    said = {"channel": "sms", "purpose": "advertising", "granted": True, "at": NOW.isoformat()}
    for told in (account(), ADA):
        program.put("customers", {**told, "consents": [said]})
        program.put("customers", {**told, "consents": [said]})
    with tenant_context(cafe):
        assert Consent.objects.filter(customer=Customer.objects.order_by("id").first()).count() == 1


def test_a_decision_from_the_future_is_refused(program: Program) -> None:
    decision = {"channel": "email", "purpose": "advertising", "granted": True, "at": "2999-01-01T00:00:00Z"}
    answer = program.post(f"customers/{program.customer(**ADA)}/consents", decision)
    assert answer.json()["errors"] == [{"pointer": "/at", "message": "lies in the future"}]


WRITES = [
    ("PATCH", "", {"name": "Back again"}),
    ("POST", "/consents", {"channel": "email", "purpose": "advertising", "granted": True}),
    ("POST", "/points/adjustments", {"points": 100, "reason": "Sorry"}),
    ("POST", "/points/earnings", {"event_id": "e1", "points": 100, "reason": "Review"}),
    ("POST", "/occasions", {"kind": "review", "event_id": "e2"}),
    ("POST", "/stamps", {"card": "coffee"}),
    ("POST", "/redemptions", {"reward": "coffee"}),
]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
def test_nothing_is_written_to_who_is_part_of_another(cafe: Merchant, program: Program, write: Any) -> None:
    gone, left = program.customer(), program.customer(email="grace@example.com")
    with tenant_context(cafe), transaction.atomic():
        merge(Customer.objects.get(pk=gone), Customer.objects.get(pk=left), actor=SYSTEM, at=NOW)
    method, path, body = write
    answer = program.call(method, f"customers/{gone}{path}", body)
    assert problem(answer) == (409, "customer_merged")
    assert f"customer {left} " in answer.json()["detail"]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write[1])
def test_nothing_is_written_about_who_was_erased(cafe: Merchant, program: Program, write: Any) -> None:
    who = program.customer()
    with tenant_context(cafe), transaction.atomic():
        erase(Customer.objects.get(pk=who), actor=SYSTEM, at=NOW)
    method, path, body = write
    assert problem(program.call(method, f"customers/{who}{path}", body)) == (409, "customer_erased")
