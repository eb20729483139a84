"""Lists as files: what is in them, who may have them, and what is kept about who took them."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from python_calamine import CalamineWorkbook

from backoffice import exporting
from customers.models import Customer
from loyalty import ledger
from loyalty.ledger import Earn
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role, User
from tenants.models import Merchant
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db

URL = "/backoffice/exports/"


@pytest.fixture
def minsu(cafe: Merchant, now: datetime) -> int:
    """A member with points, and a name that a spreadsheet would calculate."""
    with tenant_context(cafe):
        who = Customer.objects.create(
            card_code="CAFE00000001", name="=1+1", email="minsu@example.com", phone="+821012345678", created_at=now,
            joined_at=now,
        )  # fmt: skip
        ledger.earn([Earn(who.pk, 1200, "e", now)], actor=SYSTEM, at=now)
        return who.pk


def ask(client: Client, kind: str = "customers", **more: str) -> Any:
    return client.post(URL, {"kind": kind, "format": "csv", "reason": "For the tax adviser", **more})


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    text = answer.getvalue().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_customers_are_masked_unless_asked_otherwise(as_owner: Client, minsu: int) -> None:
    (row,) = table(ask(as_owner))
    told = list(row.values())
    assert told[:4] == [str(minsu), "'=**", "m…@example.com", "**5678"]
    assert "1200" in told


def test_people_are_told_in_full_after_the_password_was_given(cafe: Merchant, owner: User, minsu: int) -> None:
    client = client_of(cafe, owner)
    client.post("/account/reauthenticate/", {"password": "correct horse battery"})
    (row,) = table(ask(client, unmasked="on"))
    assert "minsu@example.com" in row.values()
    assert "'=1+1" in row.values()  # defused


def test_without_a_recent_password_it_is_asked_for_first(as_owner: Client, minsu: int) -> None:
    answer = ask(as_owner, unmasked="on", query="q=minsu")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/reauthenticate/?next=")
    assert "q%3Dminsu" in answer["Location"]


def test_an_analyst_gets_masked_data_whatever_is_sent(cafe: Merchant, minsu: int) -> None:
    client = client_of(cafe, staff_of(cafe, Role.ANALYST))
    assert "minsu@example.com" not in table(ask(client, unmasked="on"))[0].values()


def test_a_cashier_exports_nothing(as_colleague: Client) -> None:
    assert ask(as_colleague).status_code == 403
    assert as_colleague.get(URL).status_code == 403


def test_a_reason_is_needed(as_owner: Client) -> None:
    answer = ask(as_owner, reason=" ")
    assert answer.status_code == 422


def test_the_trail_keeps_who_took_what_and_why(as_owner: Client, cafe: Merchant, owner: User, minsu: int) -> None:
    ask(as_owner, query="show=members").getvalue()
    with tenant_context(cafe):
        entry = AuditEntry.objects.get(action="data.exported")
        assert (entry.actor_id, entry.reason, entry.object_kind) == (
            owner.pk,
            "For the tax adviser",
            "export_customers",
        )
        assert entry.changes["rows"] == [None, 1]
        assert entry.changes["filters"] == [None, "show=members"]
    page = as_owner.get(URL).content.decode()
    assert "For the tax adviser" in page


def test_the_filters_of_the_list_are_carried_over(as_owner: Client, minsu: int) -> None:
    assert table(ask(as_owner, query="show=guests")) == []
    assert len(table(ask(as_owner, query="points_from=1000"))) == 1
    page = as_owner.get(f"{URL}?kind=customers&show=guests").content.decode()
    assert 'value="show=guests"' in page


@pytest.mark.parametrize("kind", exporting.LISTS)
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_each_list_comes_in_each_format(as_owner: Client, minsu: int, kind: str, format: str) -> None:
    answer = ask(as_owner, kind, format=format, query="from=2020-01-01&to=nonsense&state=x&day=2026-01-01&customer=x")
    assert answer.status_code == 200
    assert f'-{kind}-{timezone.localdate():%Y-%m-%d}.{format}"' in answer["Content-Disposition"]
    assert answer.getvalue()


def test_a_workbook_has_numbers_as_numbers(as_owner: Client, minsu: int) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(ask(as_owner, format="xlsx").getvalue()))
    assert 1200 in book.get_sheet_by_index(0).to_python()[1]


def test_too_many_rows_for_a_workbook_are_refused_in_words(
    as_owner: Client, minsu: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_WORKBOOK", 0)
    answer = ask(as_owner, format="xlsx")
    assert answer.status_code == 422


def test_many_rows_come_in_pages_each_once(
    as_owner: Client, cafe: Merchant, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 3)
    with tenant_context(cafe):
        people = [Customer(card_code=f"P{n:011}", created_at=now) for n in range(10)]
        Customer.objects.bulk_create(people)
    numbers = [next(iter(row.values())) for row in table(ask(as_owner))]
    assert len(set(numbers)) == len(numbers) == 10


def test_the_history_tells_each_posting(as_owner: Client, minsu: int) -> None:
    (row,) = table(ask(as_owner, "history", query=f"customer={minsu}"))
    assert "1200" in row.values()
    assert table(ask(as_owner, "history", query="customer=999999")) == []
