"""Keyset pages of a list, newest first: as fast on the thousandth page as on the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

PAGE_SIZE = 30
LONGEST_ID = 18  # digits; more is no id of ours

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the addresses (query strings) of the pages beside them; an empty address is an end."""

    rows: list[Row]
    newer: str
    older: str

    def __bool__(self) -> bool:
        return bool(self.rows)


def page_of(rows: QuerySet[Row], query: QueryDict, *, size: int = PAGE_SIZE) -> Page[Row]:
    """The page that `?before=<id>` or `?after=<id>` asks for. A cursor that is no number gives the first page."""
    before, after = _cursor(query, "before"), _cursor(query, "after")
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        shown = found[:size][::-1]
    else:
        older = rows if before is None else rows.filter(pk__lt=before)
        found = list(older.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        shown = found[:size]
    return Page(
        shown,
        newer=address(query, after=shown[0].pk) if shown and more_newer else "",
        older=address(query, before=shown[-1].pk) if shown and more_older else "",
    )


def address(query: QueryDict, **changes: object) -> str:
    """The query string with some values changed or, when None, dropped; cursors never survive a change."""
    changed = query.copy()
    for name in ("before", "after"):
        changed.pop(name, None)
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = str(value)
    return "?" + changed.urlencode()


def _cursor(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None
