"""Keyset pages of a list that is sorted by something else than its age: a cursor is a value and an id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Expression,
    F,
    Field,
    Func,
    Model,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.lookups import GreaterThan, LessThan
from django.http import QueryDict

from backoffice.paging import LONGEST_ID, PAGE_SIZE, Page, address

Row = TypeVar("Row", bound=Model)
BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Sort:
    """By which two expressions rows are sorted, both in one direction; the second makes the first unique."""

    by: str
    then: str
    field: Field[Any, Any]
    value_of: Callable[[Any], Any]
    id_of: Callable[[Any], int]
    descending: bool = True


class _Pair(Func):
    """`(a, b)`: compared as a whole, so that one index serves both."""

    template = "(%(expressions)s)"
    output_field = BigIntegerField()


def sorted_page(rows: QuerySet[Row], query: QueryDict, sort: Sort, *, size: int = PAGE_SIZE) -> Page[Row]:
    """The page that `?before=<value>~<id>` or `?after=…` asks for; a cursor that is none gives the first page."""
    before, after = _cursor(query.get("before", ""), sort), _cursor(query.get("after", ""), sort)
    if after is not None:
        found = list(_walk(rows, sort, after, back=True)[: size + 1])
        shown, more_newer, more_older = found[:size][::-1], len(found) > size, True
    else:
        found = list(_walk(rows, sort, before, back=False)[: size + 1])
        shown, more_newer, more_older = found[:size], before is not None, len(found) > size
    return Page(
        shown,
        newer=address(query, after=_written(shown[0], sort)) if shown and more_newer else "",
        older=address(query, before=_written(shown[-1], sort)) if shown and more_older else "",
    )


def _walk(rows: QuerySet[Row], sort: Sort, cursor: tuple[Any, int] | None, *, back: bool) -> QuerySet[Row]:
    down = sort.descending != back
    if cursor is not None:
        here = _Pair(F(sort.by), F(sort.then))
        there = _Pair(Value(cursor[0], sort.field), Value(cursor[1], BigIntegerField()))
        compared: Expression = (LessThan if down else GreaterThan)(here, there)
        rows = rows.filter(compared)
    sign = "-" if down else ""
    return rows.order_by(f"{sign}{sort.by}", f"{sign}{sort.then}")


def _written(row: Any, sort: Sort) -> str:
    value = sort.value_of(row)
    text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
    return f"{text}{BETWEEN}{sort.id_of(row)}"


def _cursor(text: str, sort: Sort) -> tuple[Any, int] | None:
    value, between, number = text.replace("\0", "").rpartition(BETWEEN)
    if not between or not (number.isascii() and number.isdigit() and len(number) <= LONGEST_ID):
        return None
    read = _read(value, sort.field)
    return None if read is None else (read, int(number))


def _read(text: str, field: Field[Any, Any]) -> Any:
    if isinstance(field, TextField):
        return text
    if isinstance(field, DateTimeField):
        return _moment(text)
    plain = text.removeprefix("-")
    return int(text) if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_ID else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo and 1900 < moment.year < 9000 else None
    except (ValueError, OverflowError):
        return None
