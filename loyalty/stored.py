"""Rules between JSON and dataclasses: nested, what is missing at its default. Checks come first, elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def read(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of this dataclass from stored JSON that has been checked. Raises TypeError for an unknown field."""
    kinds = _kinds(cls)  # type: ignore[arg-type]  # classes are hashable
    return cls(**{name: _value(kinds.get(name), value) for name, value in data.items()})


def names(cls: type) -> frozenset[str]:
    """The fields that JSON may carry for this dataclass."""
    return frozenset(field.name for field in fields(cls))


@cache
def _kinds(cls: type[Any]) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(kind: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and is_dataclass(kind) and isinstance(kind, type):
        return read(kind, value)
    if isinstance(value, list | tuple) and get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], item) for item in value)
    return dict(value) if isinstance(value, Mapping) else value
