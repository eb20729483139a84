"""Pages of lists by cursor, newest first. A cursor names the row before: harmless when forged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from api.calling import Answer, Call

DEFAULT, MOST = 50, 200
MARK = "p"
QUERY = {
    "cursor": {
        "type": "string", "pattern": f"^{MARK}[0-9]{{1,18}}$", "title": "a cursor of ours",
        "description": "`next_cursor` of the page before; without it, the first page.",
    },
    "limit": {
        "type": "integer", "minimum": 1, "maximum": MOST,
        "description": f"How many at most; {DEFAULT} when not given.",
    },
}  # fmt: skip


def page_of(rows: QuerySet[Any], call: Call, told: Callable[[Sequence[Any]], list[Any]]) -> Answer:
    """The page of these rows, by descending id, that the call asks for. `told` makes JSON of a page's rows."""
    limit, before = call.query.get("limit", DEFAULT), place(call)
    older = rows if before is None else rows.filter(pk__lt=before)
    found = list(older.order_by("-pk")[: limit + 1])
    return answer(told(found[:limit]), found[limit - 1].pk if len(found) > limit else None)


def answer(data: list[Any], last: int | None) -> Answer:
    """A page that ends with the row `last`, or is the last page."""
    return Answer({"data": data, "next_cursor": None if last is None else cursor(last)})


def cursor(row: int) -> str:
    """What leads on to the rows after this one."""
    return f"{MARK}{row}"


def place(call: Call) -> int | None:
    """The row after which the page begins; None for the first page."""
    given = call.query.get("cursor")
    return int(given.removeprefix(MARK)) if given else None
