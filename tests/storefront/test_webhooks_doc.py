"""docs/webhooks.md says what the code does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from storefront import intake, views
from storefront.connectors.generic.reading import DOCUMENTS, read
from storefront.connectors.interface import Origin
from storefront.documents import schema_of
from storefront.intake import Answer
from storefront.schema_tables import DOCUMENTS as DOCUMENTED
from storefront.schema_tables import tables
from storefront.signatures import Verdict

PAGE = (Path(__file__).parent.parent.parent / "docs" / "webhooks.md").read_text()
ORIGIN = Origin("st_1", "GB", "GBP", datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_field_tables_are_those_of_the_schemas(name: str) -> None:
    part = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
    assert part.strip() == tables(name), "run: python -m storefront.schema_tables"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema_rs.meta.validate(schema_of(name))


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", PAGE, re.S))
def test_the_examples_are_understood(text: str) -> None:
    event = json.loads(text)
    read(event["type"], event, ORIGIN)


def test_every_type_is_listed() -> None:
    listed = PAGE.partition("| type | document |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+\.[a-z]+)`", listed)) == set(DOCUMENTS)


def test_every_answer_is_listed_with_its_status() -> None:
    fixed = [a for module in (intake, views) for a in vars(module).values() if isinstance(a, Answer)]
    expected = {(a.code, a.status) for a in fixed}
    expected |= {(verdict.value, 401) for verdict in Verdict if verdict is not Verdict.VALID}
    expected |= {("accepted", 202), ("duplicate", 200), ("body_not_json", 400), ("id_reused", 409)}
    expected |= {("document_invalid", 422)}
    listed = {(code, int(status)) for status, code in re.findall(r"^\| (\d{3}) \| `([a-z_]+)`", PAGE, re.M)}
    assert listed == expected
