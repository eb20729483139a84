"""Rules between JSON and dataclasses: nested, what is missing at its default. Checks are elsewhere.

Nothing here fails: drafts of an older version may hold anything. What has another shape than its field stands at its
default, or is nothing; an unknown field, or an item of a list that is none, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

UNFIT = object()


def read(cls: type[T], data: Any) -> T:
    """An instance of this dataclass from JSON, as far as that fits."""
    given = data if isinstance(data, Mapping) else {}
    found = {}
    for field, kind in _kinds(cls):  # type: ignore[arg-type]  # classes are hashable
        value = _value(kind, given[field.name]) if field.name in given else UNFIT
        if value is not UNFIT:
            found[field.name] = value
        elif field.default is MISSING and field.default_factory is MISSING:
            found[field.name] = (get_origin(kind) or kind)()  # nothing of its kind
    return cls(**found)


def names(cls: type) -> frozenset[str]:
    """The fields that JSON may carry for this dataclass."""
    return frozenset(field.name for field in fields(cls))


@cache
def _kinds(cls: type[Any]) -> tuple[tuple[Field[Any], Any], ...]:
    kinds = get_type_hints(cls)
    return tuple((field, kinds[field.name]) for field in fields(cls))


def _value(kind: Any, value: Any) -> Any:
    """The value as this kind of field holds it; UNFIT when it can't."""
    if isinstance(kind, UnionType):  # "int | None"
        return None if value is None else _value(get_args(kind)[0], value)
    if is_dataclass(kind):
        return read(kind, value) if isinstance(value, Mapping) else UNFIT  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        return _items(get_args(kind)[0], value) if isinstance(value, list | tuple) else UNFIT
    if get_origin(kind) is dict:
        return _texts(value) if isinstance(value, Mapping) else UNFIT
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))  # True is no number
    return value if fits else UNFIT


def _items(kind: Any, values: list[Any] | tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(item for value in values if (item := _value(kind, value)) is not UNFIT)


def _texts(value: Mapping[Any, Any]) -> dict[str, str]:
    return {key: text for key, text in value.items() if isinstance(key, str) and isinstance(text, str)}
