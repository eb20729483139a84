"""Lists of the shop as files to take away: read in pages by number, so that a million rows need no memory.

What a list holds stands in export_lists.py. People's data is masked unless whoever asks may have it and says why. Who
took what, when, why and how many rows stands in the audit trail before the first row leaves.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import get_language
from django_tenants.utils import tenant_context

from backoffice.export_lists import LISTS, Asked, List
from imports.results import BOM, defused
from staff import audit
from staff.actors import Actor
from tenants.models import Merchant

__all__ = ["ACTION", "FORMATS", "LISTS", "MOST_IN_WORKBOOK", "Asked", "Export", "TooMany", "start"]

ACTION = "data.exported"
FORMATS = {"csv": "CSV", "xlsx": "Excel"}
MOST_IN_WORKBOOK = 1_000_000  # rows; a sheet holds 1,048,576
PAGE = 1000

Cell = str | int | None


class TooMany(Exception):
    """More rows than a workbook holds."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file about to be sent: its name, how many rows it has, and its rows, the words above them first."""

    name: str
    format: str
    count: int
    rows: Iterator[Sequence[Cell]]

    def as_csv(self) -> Iterator[str]:
        """CSV piece by piece; what a spreadsheet would take for a formula is plain text."""
        yield BOM
        for row in self.rows:
            line = io.StringIO()
            csv.writer(line).writerow([_text(cell) for cell in row])
            yield line.getvalue()

    def as_workbook(self) -> IO[bytes]:
        """An XLSX in a temporary file that is at its beginning. Numbers are numbers, all else is text."""
        import xlsxwriter

        out = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
        book = xlsxwriter.Workbook(out, {"constant_memory": True})
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for number, row in enumerate(self.rows):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                elif cell:
                    sheet.write_string(number, place, cell, bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        book.close()
        out.seek(0)
        return out


@transaction.atomic
def start(
    kind: str, query: QueryDict, *, merchant: Merchant, format: str, unmasked: bool, reason: str, actor: Actor,
    at: datetime,
) -> Export:  # fmt: skip
    """Begin an export of a list (a key of LISTS) as its page's address asks for it; write it into the trail.

    Raises TooMany.
    """
    listed = LISTS[kind]
    asked = Asked(query, at=at, zone=ZoneInfo(merchant.time_zone), unmasked=unmasked)
    count = listed.count(asked)
    if format == "xlsx" and count > MOST_IN_WORKBOOK:
        raise TooMany(kind)
    changes: dict[str, list[Any]] = {"rows": [None, count], "format": [None, FORMATS[format]]}
    changes["unmasked"] = [None, unmasked]
    if filters := query.urlencode():
        changes["filters"] = [None, filters[:300]]
    audit.record(ACTION, actor=actor, at=at, object_kind=f"export_{kind}", changes=changes, reason=reason)
    name = f"{merchant.slug}-{kind}-{at.astimezone(asked.zone):%Y-%m-%d}.{format}"
    rows = _rows(listed, asked, merchant, get_language() or merchant.language)
    return Export(name, format, count, rows)


def _rows(listed: List, asked: Asked, merchant: Merchant, language: str) -> Iterator[Sequence[Cell]]:
    """The words above the columns, then the rows, page by page.

    A file is sent after its request has ended and while others are served: shop, language and time zone are entered
    for each page anew.
    """
    last: Any = None
    with _entered(merchant, language, asked.zone):
        header = [str(label) for label in listed.columns]
    yield header
    while True:
        with _entered(merchant, language, asked.zone):
            page = [(key, [_plain(value, asked.zone) for value in row]) for key, row in listed.page(asked, last, PAGE)]
        if not page:
            return
        for last, cells in page:  # noqa: B007  the last key of all leads to the next page
            yield cells


def _entered(merchant: Merchant, language: str, zone: ZoneInfo) -> ExitStack:
    stack = ExitStack()
    stack.enter_context(tenant_context(merchant))
    stack.enter_context(translation.override(language))
    stack.enter_context(timezone.override(zone))
    return stack


def _plain(value: Any, zone: ZoneInfo) -> Cell:
    """A value as a cell: moments in the shop's time zone, in a form that every spreadsheet sorts."""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return "" if value is None else str(value)


def _text(cell: Cell) -> str:
    return str(cell) if isinstance(cell, int) else defused(cell or "")


def past(limit: int = 50) -> Iterable[Mapping[str, Any]]:
    """Earlier exports, newest first, as the trail tells them."""
    from staff.models import AuditEntry

    for entry in AuditEntry.objects.filter(action=ACTION).order_by("-pk")[:limit]:
        told = {field: pair[1] for field, pair in entry.changes.items()}
        yield {"entry": entry, "kind": entry.object_kind.removeprefix("export_"), **told}
