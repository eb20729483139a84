"""What is sent to hurt."""

from __future__ import annotations

import pytest

from api.entry import MOST_BYTES
from tests.api.programs import Program, problem


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]x", b"nonsense", b"\xff\xfe", b'"\xed\xa0\x80"', b'{"email": NaN}', b'{"email": 1e999999999}',
        b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"name": "a", "name": "b"}', b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40, b'{"n": ' + b"9" * 10_000 + b"}", "{}".encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(program: Program, body: bytes) -> None:
    status, code = problem(program.put("customers", body))
    assert (status, code) == ((422, "document_invalid") if body == b"" else (400, "body_not_json"))


@pytest.mark.parametrize("body", [[], "text", 1, None, True, {}, {"name": "nobody"}, {"email": "no address"}])
def test_json_of_another_shape_is_refused(program: Program, body: object) -> None:
    import json

    assert problem(program.put("customers", json.dumps(body).encode())) == (422, "document_invalid")


def test_a_huge_body_is_refused(program: Program) -> None:
    body = b'{"name": "' + b"x" * MOST_BYTES + b'"}'
    assert problem(program.put("customers", body)) == (413, "body_too_large")


def test_a_header_cannot_be_smuggled_in(program: Program) -> None:
    name = "x\r\nSet-Cookie: a=b"
    answer = program.put("customers", {"email": "a@example.com", "name": name})
    assert answer.json()["name"] == "x  Set-Cookie: a=b"
    assert "Set-Cookie" not in answer


def test_no_cookie_is_ever_set(program: Program) -> None:
    assert not program.get("customers").cookies
    assert not program.put("customers", {"email": "a@example.com"}).cookies


def test_answers_are_not_for_shared_caches(program: Program) -> None:
    assert program.get("customers")["Cache-Control"] == "private, no-cache"
