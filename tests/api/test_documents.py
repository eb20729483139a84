"""The OpenAPI document and its copy."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
from django.test import Client

from api import documenting, shapes
from api.keys import SCOPES
from tenants.models import Merchant
from tests.api.programs import Program

DOCS = Path(__file__).parents[2] / "docs"


def test_the_copy_in_the_docs_is_current() -> None:
    text = (DOCS / "openapi.json").read_text()
    assert text == documenting.as_text(), "run: manage.py print_openapi > docs/openapi.json"


def test_anybody_may_read_it(cafe: Merchant) -> None:
    answer = Client(headers={"host": cafe.host}).get("/api/v1/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
    again = Client(headers={"host": cafe.host, "if-none-match": answer["ETag"]}).get("/api/v1/openapi.json")
    assert (again.status_code, again.content) == (304, b"")


def test_every_shape_is_a_schema() -> None:
    for name in shapes.components():
        jsonschema_rs.meta.validate(shapes.self_contained(name))


def test_every_operation_names_a_scope_that_there_is() -> None:
    used = {
        scope
        for path in documenting.document()["paths"].values()
        for operation in path.values()
        for security in operation["security"]
        for scope in security["ApiKey"]
    }
    assert used == set(SCOPES)


def test_the_documentation_is_a_page_under_the_strict_policy(cafe: Merchant) -> None:
    answer = Client(headers={"host": cafe.host}).get("/api/v1/docs/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "style=" not in text
    for path in documenting.document()["paths"]:
        assert path in text


def test_the_documentation_names_every_operation_once(program: Program) -> None:
    text = program.client.get("/api/v1/docs/").content.decode()
    for path in documenting.document()["paths"].values():
        for operation in path.values():
            assert text.count(f'id="{operation["operationId"]}"') == 1
