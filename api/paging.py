"""Pages of lists by cursor, newest first. A cursor is opaque to programs and harmless when forged: it names a row."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from api.calling import Answer, Call
from config.problems import Refused

DEFAULT, MOST = 50, 200
LONGEST_ID = 18  # digits
QUERY = {
    "cursor": {
        "type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9_-]*$", "title": "a cursor of ours",
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
    return urlsafe_b64encode(f"before {row}".encode()).decode().rstrip("=")


def place(call: Call) -> int | None:
    """The row after which the page begins. Raises 400 for a cursor that is none of ours."""
    given = call.query.get("cursor")
    if not given:
        return None
    try:
        word, _space, row = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode().partition(" ")
    except (NotBase64, UnicodeDecodeError):
        word, row = "", ""
    if word != "before" or not (row.isascii() and row.isdigit() and len(row) <= LONGEST_ID):
        message = "is no cursor of ours"
        raise Refused(400, "parameters_invalid", "The address has mistakes.", errors=[("?cursor", message)])
    return int(row)
