"""Small words to write JSON Schema with."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a shape by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **limits: Any) -> Schema:
    return _described({"type": "string", **limits}, description)


def whole(description: str = "", **limits: Any) -> Schema:
    return _described({"type": "integer", **limits}, description)


def yes_or_no(description: str = "") -> Schema:
    return _described({"type": "boolean"}, description)


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def list_of(items: Schema, description: str = "") -> Schema:
    return _described({"type": "array", "items": items}, description)


def told(description: str, /, **members: Schema) -> Schema:
    """What we answer: every member is always there, and more may come with time."""
    return {"type": "object", "description": description, "required": list(members), "properties": members}


def asked(description: str, required: tuple[str, ...] = (), /, **members: Any) -> Schema:
    """What programs send: members that are not listed are refused, so that a typing error is found."""
    shape = {"type": "object", "description": description, "additionalProperties": False, "properties": members}
    return {**shape, "required": list(required)} if required else shape


def page_of(name: str) -> Schema:
    """A page of a list."""
    cursor = or_null(text("What to send as `cursor` for the next page; null at the end."))
    return told("A page of a list.", data=list_of(ref(name)), next_cursor=cursor)


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema
