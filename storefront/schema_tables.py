"""The field tables of docs/webhooks.md, made from the schemas: `python -m storefront.schema_tables` prints them."""

from __future__ import annotations

from typing import Any

from storefront.documents import schema_of

DOCUMENTS = ("event", "order", "refund", "customer")
_KINDS = {
    "id": "text, 1–100",
    "money": "money",
    "moment": "time",
    "day": "date",
    "currency": "currency",
}


def tables(name: str) -> str:
    """One table for the document and one for each object inside it, in Markdown."""
    schema = schema_of(name)
    inner = [part for part in schema.get("$defs", {}).values() if part.get("type") == "object"]
    return "\n\n".join([_table(schema), *(f"*{part['title']}*\n\n{_table(part)}" for part in inner)])


def _table(schema: dict[str, Any]) -> str:
    needed = dict.fromkeys(schema.get("required", []), "yes")
    rows = [
        f"| `{field}` | {kind_of(about)} | {needed.get(field, '')} | {about.get('description', '')} |"
        for field, about in schema["properties"].items()
    ]
    return "\n".join(["| field | kind | needed | meaning |", "|---|---|---|---|", *rows])


def kind_of(about: dict[str, Any]) -> str:
    """What a field holds, in a word or two."""
    if "$ref" in about:
        name = about["$ref"].rpartition("/")[2]
        return _KINDS.get(name, "object")
    if "enum" in about:
        return " / ".join(f"`{option}`" for option in about["enum"])
    if about["type"] == "array":
        return f"list, up to {about['maxItems']}"
    if about["type"] == "string":
        return f"text, up to {about['maxLength']}"
    return {"boolean": "true / false", "integer": "whole number"}.get(about["type"], str(about["type"]))


if __name__ == "__main__":
    for document in DOCUMENTS:
        print(f"<!-- {document} -->\n\n{tables(document)}\n\n<!-- /{document} -->\n")
