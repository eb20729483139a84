"""Asking for many rows at once: one array, where `__in` would write, quote and parse a place for each value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, F, Func, Value


class AnyOf(Func):
    """Whether the field has one of these values: `filter(AnyOf("value", values))`."""

    output_field = BooleanField()
    template = "%(expressions)s)"
    arg_joiner = " = ANY ("

    def __init__(self, field: str, values: Collection[Any]) -> None:
        super().__init__(F(field), Value(list(values)))
