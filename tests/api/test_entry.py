"""Who is let in, and how refusals look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from api import limiting
from api.keys import create_key, revoke_key
from api.models import ApiKey
from staff.actors import SYSTEM
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.api.programs import NOW, Program, problem

NOWHERE = "dk_live_" + "a" * 32


def test_a_key_is_kept_as_a_hash_only(in_cafe: Merchant) -> None:
    key, text = create_key("till", scopes=["orders:read"], actor=SYSTEM, at=NOW)
    assert text.startswith(key.prefix)
    assert len(text) - len("dk_live_") == 32
    row = ApiKey.objects.values_list().get()
    assert text not in str(row)


def test_a_key_that_is_made_or_revoked_stands_in_the_trail(in_cafe: Merchant) -> None:
    key, _text = create_key("till", scopes=["orders:read"], actor=SYSTEM, at=NOW)
    assert revoke_key(key, actor=SYSTEM, at=NOW)
    assert not revoke_key(key, actor=SYSTEM, at=NOW)
    assert [e.action for e in AuditEntry.objects.all()] == ["api_key.revoked", "api_key.created"]


def test_no_key_is_told_how_to_send_one(cafe: Merchant) -> None:
    answer = Client(headers={"host": cafe.host}).get("/api/v1/customers")
    assert problem(answer) == (401, "key_missing")
    assert answer["WWW-Authenticate"] == 'Bearer realm="Dangol"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", f"bearer {NOWHERE}x", "Bearer ü", NOWHERE])
def test_what_is_no_key_opens_nothing(cafe: Merchant, header: str) -> None:
    answer = Client(headers={"host": cafe.host, "authorization": header}).get("/api/v1/customers")
    assert answer.status_code == 401


def test_a_key_of_another_shop_opens_nothing(cafe: Merchant, bikes: Merchant) -> None:
    theirs = Program(bikes)
    assert problem(Program(cafe, key=theirs.key).get("customers")) == (401, "key_not_valid")
    assert theirs.get("customers").status_code == 200


def test_ids_of_another_shop_are_found_nowhere(cafe: Merchant, bikes: Merchant) -> None:
    theirs = Program(bikes).customer()
    ours = Program(cafe)
    with tenant_context(cafe):
        assert problem(ours.get(f"customers/{theirs + 10**6}")) == (404, "not_found")


def test_a_revoked_key_opens_nothing_from_that_moment_on(cafe: Merchant, program: Program) -> None:
    with tenant_context(cafe):
        assert program.row
        revoke_key(program.row, actor=SYSTEM, at=NOW)
    assert problem(program.get("customers")) == (401, "key_not_valid")


def test_an_expired_key_opens_nothing(cafe: Merchant) -> None:
    with tenant_context(cafe):
        _key, text = create_key("till", scopes=["customers:read"], actor=SYSTEM, at=NOW, expires_at=NOW)
    assert problem(Program(cafe, key=text).get("customers")) == (401, "key_not_valid")


def test_a_key_opens_only_what_it_is_for(cafe: Merchant) -> None:
    reader = Program(cafe, scopes=["customers:read"])
    assert reader.get("customers").status_code == 200
    assert problem(reader.put("customers", {"email": "a@example.com"})) == (403, "scope_missing")
    assert problem(reader.get("orders")) == (403, "scope_missing")


def test_a_session_of_staff_opens_nothing(as_owner: Client) -> None:
    assert problem(as_owner.get("/api/v1/customers")) == (401, "key_missing")


def test_a_key_in_an_address_is_refused_even_beside_a_valid_one(program: Program) -> None:
    assert problem(program.get(f"customers?api_key={NOWHERE}")) == (400, "key_in_address")


def test_the_last_use_is_written_once_a_minute(cafe: Merchant, program: Program) -> None:
    program.get("customers")
    with tenant_context(cafe):
        assert program.row
        used = ApiKey.objects.get(pk=program.row.pk).last_used_at
        assert used
    program.get("customers")
    with tenant_context(cafe):
        assert ApiKey.objects.get(pk=program.row.pk).last_used_at == used
        ApiKey.objects.update(last_used_at=used - timedelta(seconds=61))
    program.get("customers")
    with tenant_context(cafe):
        assert ApiKey.objects.filter(pk=program.row.pk, last_used_at__gt=used).exists()


def test_it_tells_what_is_left_and_then_to_wait(program: Program, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    first = program.get("customers")
    assert first["RateLimit-Policy"] == '"key";q=2;w=60'
    assert first["RateLimit"].startswith('"key";r=1;t=')
    program.get("customers")
    answer = program.get("customers")
    if answer.status_code == 200:  # a new minute has begun
        program.get("customers")
        answer = program.get("customers")
    assert problem(answer) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer["RateLimit"].startswith('"key";r=0;t=')


def test_who_tries_keys_is_told_to_wait(cafe: Merchant) -> None:
    stranger = Program(cafe, key=NOWHERE)
    codes = [problem(stranger.get("customers")) for _try in range(limiting.WRONG_KEYS + 1)]
    assert codes[0] == (401, "key_not_valid")
    assert codes[-1] == (429, "too_many_wrong_keys")


@pytest.mark.parametrize(
    ("method", "address", "headers", "expected"),
    [
        ("GET", "/api/", {}, (404, "not_found")),
        ("GET", "/api/v1", {}, (404, "not_found")),
        ("POST", "/api/v2/customers", {}, (404, "not_found")),
        ("GET", "/api/v1/nowhere/", {}, (404, "not_found")),
        ("GET", "/api/v1/customers/abc", {}, (404, "not_found")),
        ("GET", f"/api/v1/customers/{10**30}", {}, (404, "not_found")),
        ("GET", f"/api/v1/customers/{'9' * 5000}", {}, (404, "not_found")),
        ("GET", "/api/v1/customers/1", {}, (404, "not_found")),
        ("GET", "/api/v1/orders/..", {}, (404, "not_found")),
        ("GET", "/api/v1/orders/a%00b", {}, (404, "not_found")),
        ("DELETE", "/api/v1/customers", {}, (405, "method_not_allowed")),
        ("OPTIONS", "/api/v1/customers", {}, (405, "method_not_allowed")),
        ("TRACE", "/api/v1/customers", {}, (405, "method_not_allowed")),
        ("GET", "/api/v1/customers", {"accept": "text/html"}, (406, "not_acceptable")),
        ("PUT", "/api/v1/customers", {"content_type": "text/plain"}, (415, "not_json")),
        ("PUT", "/api/v1/customers", {"content_type": "application/x-www-form-urlencoded"}, (415, "not_json")),
        ("PUT", "/api/v1/customers", {"content_type": "multipart/form-data; boundary=x"}, (415, "not_json")),
        ("GET", "/api/v1/customers?limit=0", {}, (400, "parameters_invalid")),
        ("GET", "/api/v1/customers?limit=1&limit=2", {}, (400, "parameters_invalid")),
        ("GET", "/api/v1/customers?limit=%00", {}, (400, "parameters_invalid")),
        ("GET", "/api/v1/customers?q=a%00b", {}, (400, "parameters_invalid")),
        ("GET", "/api/v1/customers?cursor=abc", {}, (400, "parameters_invalid")),
        ("GET", "/api/v1/customers?surprise=1", {}, (400, "parameters_invalid")),
    ],
)
def test_every_error_is_a_problem_document(
    program: Program, method: str, address: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = program.call(method, address, b"{}" if method != "GET" else None, **headers)
    assert problem(answer) == expected


def test_a_method_that_is_not_taken_is_answered_with_those_that_are(program: Program) -> None:
    assert program.call("DELETE", "customers")["Allow"] == "GET, PUT, HEAD"


def test_head_is_get_without_a_body(program: Program) -> None:
    answer = program.call("HEAD", "customers")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_fault_of_ours_is_a_problem_document_too(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("ada@example.com is in the way")

    monkeypatch.setattr("api.telling.customers", fail)
    monkeypatch.setattr("api.paging.page_of", fail)
    program.client.raise_request_exception = False
    answer = program.get("customers")
    assert problem(answer) == (500, "internal_error")
    assert b"ada@" not in answer.content


def test_a_suspended_shop_says_so_in_json(cafe: Merchant, program: Program) -> None:
    from tenants import directory

    Merchant.objects.filter(pk=cafe.pk).update(state="suspended")
    directory.forget()
    answer = program.get("customers")
    assert problem(answer) == (503, "unavailable")
    assert answer["Retry-After"]
