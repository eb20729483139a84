"""Statements of the hot path that PostgreSQL plans once for each connection and shop instead of each time.

Django's own cursors write the values into the text, so every statement is parsed and planned anew: a good part of what
a small one costs. Here the values travel apart from it.

While a fleet is half migrated, shops may differ in what a statement answers, and a plan made for one fails for the
other. So each shop has statements of its own: its schema stands in their text, as a comment if nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

AFTER = 3  # times that a connection ran a statement before it is prepared

Values = Sequence[Any] | Mapping[str, Any]


def prepared_row(statement: str, values: Values = ()) -> tuple[Any, ...]:
    """The one row that the statement answers, in the current shop.

    Types are PostgreSQL's to find: an array, or a number that it could take for another kind, needs a cast.
    """
    with connection.cursor() as cursor:  # opens the connection and sets the search path
        return row_of(cursor.connection, f"{statement} -- {connection.schema_name}", values)


def row_of(raw: psycopg.Connection[Any], statement: str | bytes, values: Values = ()) -> tuple[Any, ...]:
    """As prepared_row, on a connection as it is: for statements that name their schema."""
    raw.prepare_threshold = AFTER  # Django switches it off; its own cursors never prepare
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        row: tuple[Any, ...] | None = cursor.execute(statement, values).fetchone()
        assert row is not None
    if connection.queries_logged:  # as Django's cursors do, for who counts
        connection.queries_log.append({"sql": str(statement), "time": "-"})
    return row
