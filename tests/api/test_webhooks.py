"""Outgoing webhooks through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from api.models import IdempotentCall
from tenants.models import Merchant
from tests.api.programs import Program, problem

URL = "https://203.0.113.9/dangol"


@pytest.fixture(autouse=True)
def _reachable(settings: Any) -> None:
    settings.EGRESS_ALLOWED = ["203.0.113.9:443", "203.0.113.10:443"]


@pytest.fixture
def endpoint(program: Program) -> str:
    return str(program.post("webhook-endpoints", {"url": URL, "types": ["points.changed"]}).json()["id"])


def test_it_adds_an_endpoint_and_shows_its_secret_once(program: Program) -> None:
    answer = program.post("webhook-endpoints", {"url": URL, "description": "CRM"})
    told = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/webhook-endpoints/{told['id']}")
    assert told["secret"].startswith("whsec_")
    read = program.get(f"webhook-endpoints/{told['id']}").json()
    assert read == {name: value for name, value in told.items() if name != "secret"}
    assert program.get("webhook-endpoints").json()["data"] == [read]


def test_a_stored_answer_keeps_no_secret_in_the_clear(cafe: Merchant, program: Program) -> None:
    first, second = (program.post("webhook-endpoints", {"url": URL}, key="k") for _try in range(2))
    assert second.content == first.content
    with tenant_context(cafe):
        assert first.json()["secret"] not in IdempotentCall.objects.get().body


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"url": "http://10.0.0.1/"}, "/url"),
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "nonsense"}, "/url"),
        ({"url": URL, "types": ["moon.risen"]}, "/types/0"),
        ({}, "/url"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(program: Program, told: dict[str, Any], place: str) -> None:
    answer = program.post("webhook-endpoints", told)
    assert problem(answer) == (422, "document_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]


def test_it_changes_pauses_and_resumes(program: Program, endpoint: str) -> None:
    address = f"webhook-endpoints/{endpoint}"
    assert program.patch(address, {"description": "Till"}).json()["types"] == ["points.changed"]
    assert program.post(f"{address}/pause", None).json()["paused_reason"] == "staff"
    assert program.post(f"{address}/resume", {"resend": True}).json()["paused_at"] is None
    assert program.post(f"{address}/secrets", None).json()["secret"].startswith("whsec_")


def test_it_deletes_an_endpoint(program: Program, endpoint: str) -> None:
    answer = program.call("DELETE", f"webhook-endpoints/{endpoint}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert problem(program.get(f"webhook-endpoints/{endpoint}")) == (404, "not_found")


def test_it_tells_what_was_sent_and_sends_it_again(program: Program, endpoint: str) -> None:
    pk = program.customer(email="ada@example.com")
    program.post(f"customers/{pk}/points/adjustments", {"points": 5, "reason": "gift"})
    [message] = program.get(f"webhook-endpoints/{endpoint}/messages").json()["data"]
    assert (message["type"], message["state"]) == ("points.changed", "waiting")
    again = program.post(f"webhook-endpoints/{endpoint}/messages/{message['id']}/redeliver", None)
    assert again.json()["webhook_id"] == message["webhook_id"]
    nowhere = program.post(f"webhook-endpoints/{endpoint}/messages/{message['id'] + 1}/redeliver", None)
    assert problem(nowhere) == (404, "not_found")
