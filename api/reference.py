"""The OpenAPI document as a person reads it: operations by subject, each with its fields and a curl command."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from api import documenting
from api.examples import EXAMPLES, IDS

Schema = dict[str, Any]
SHAPE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a body, or one parameter."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    refusals: list[tuple[str, str]]
    curl: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The operations about one thing."""

    name: str
    about: str
    entries: list[Entry]


def subjects(base: str) -> list[Subject]:
    """The whole document, with curl commands for the API at `base` (scheme and host)."""
    document = documenting.document()
    entries: dict[str, list[Entry]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entries.setdefault(operation["tags"][0], []).append(_entry(document, base, path, method, operation))
    return [Subject(tag["name"], tag["description"], entries.get(tag["name"], [])) for tag in document["tags"]]


def _entry(document: Schema, base: str, path: str, method: str, operation: Schema) -> Entry:
    body = _shape_of(operation.get("requestBody", {}))
    done = next(iter(sorted(status for status in operation["responses"] if status < "300")))
    about, _newline, scope = operation["description"].rpartition("Scope: ")
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=about.strip(),
        scope=scope.strip("`."),
        parameters=[
            Field(p["name"], _kind(document, p["schema"]), p.get("required", False), p.get("description", ""))
            for p in operation.get("parameters", [])
        ],
        body=_fields(document, body),
        answer=_fields(document, _shape_of(operation["responses"][done])),
        refusals=_refusals(document, operation),
        curl=_curl(base, path, method, body),
    )


def _shape_of(holder: Schema) -> str:
    """The name of the shape of a body, or an empty text."""
    content = holder.get("content", {}).get(documenting.JSON, {})
    return str(content.get("schema", {}).get("$ref", "")).removeprefix(SHAPE)


def _fields(document: Schema, name: str) -> list[Field]:
    shape = document["components"]["schemas"].get(name, {})
    return [
        Field(member, _kind(document, schema), member in shape.get("required", []), schema.get("description", ""))
        for member, schema in shape.get("properties", {}).items()
    ]


def _kind(document: Schema, schema: Schema) -> str:
    """The type of a value in few words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SHAPE)
        shape = document["components"]["schemas"][name]
        return name if shape.get("type") == "object" else _kind(document, shape)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(document, each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " / ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema['items'])}"
    kinds = schema.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(schema.get("format", kinds))


def _refusals(document: Schema, operation: Schema) -> list[tuple[str, str]]:
    shared = document["components"]["responses"]
    return [
        (status, shared[f"Problem{status}"]["description"])
        for status in sorted(operation["responses"])
        if f"Problem{status}" in shared and int(status) not in documenting.ALWAYS
    ]


def _curl(base: str, path: str, method: str, body: str) -> str:
    """A command to paste into a terminal."""
    address = base + re.sub(r"{(\w+)}", lambda m: IDS[m[1]], path)
    lines = [f"curl {address}", '-H "Authorization: Bearer $KEY"']
    if method != "get":
        lines[0] = f"curl -X {method.upper()} {address}"
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(EXAMPLES[body], ensure_ascii=False, indent=2)}'")
    return " \\\n  ".join(lines)
