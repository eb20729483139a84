"""Consents: only ever added, the latest counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from customers.consents import allows, current, record_consent
from customers.identities import apply_customers, prove_email
from customers.models import Consent, Customer
from customers.snapshots import ConsentSnapshot
from staff.actors import SYSTEM
from tests.customers.people import NOON, after, an_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]


@pytest.fixture
def customer() -> Customer:
    [customer] = apply_customers([an_account()], at=NOON)
    return customer


def say(customer: Customer, granted: bool, minutes: int = 0, channel: str = "email") -> Consent:
    return record_consent(
        customer, channel=channel, purpose="advertising", granted=granted, at=after(minutes), source="portal",
        evidence={"wording": "May we write to you?", "language": "en"},
    )  # fmt: skip


def test_never_decided_means_no(customer: Customer) -> None:
    assert current(customer) == {}
    assert not allows(customer, "email", "advertising")


def test_the_latest_decision_counts(customer: Customer) -> None:
    say(customer, True, 1)
    say(customer, False, 3)
    say(customer, True, 2)  # told late
    assert not allows(customer, "email", "advertising")
    assert current(customer)["email", "advertising"].at == after(3)


def test_channels_are_decided_apart(customer: Customer) -> None:
    say(customer, True)
    assert not allows(customer, "sms", "advertising")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_consent SET granted = true",
        "DELETE FROM customers_consent",
        "TRUNCATE customers_consent CASCADE",
    ],
)
def test_the_database_refuses_to_change_them(customer: Customer, statement: str) -> None:
    say(customer, False)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE is refused for another reason
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Consent.objects.count() == 1


def test_what_a_store_reports_is_kept_once_with_its_origin(customer: Customer) -> None:
    said = an_account(updated_at=after(1), consents=(ConsentSnapshot("sms", "advertising", True, NOON),))
    apply_customers([said], at=NOON)
    apply_customers([replace(said, updated_at=after(2))], at=NOON)
    consent = Consent.objects.get()
    assert (consent.source, consent.granted, consent.evidence["customer"]) == ("st_1", True, "7")


def test_an_account_tied_to_nobody_consents_for_nobody() -> None:
    owner = prove_email("minsu@example.com", at=NOON, actor=SYSTEM)
    stranger = an_account("99", consents=(ConsentSnapshot("email", "advertising", True, NOON),))
    apply_customers([stranger], at=NOON)
    assert current(owner) == {}
