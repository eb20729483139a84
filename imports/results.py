"""What to take home: the same table with what became of each row, and empty tables to fill in."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from imports.models import Chunk, Run
from imports.outcomes import CREATE, ERROR, SKIP, UPDATE
from imports.problems import words
from imports.reading import lines_path

BOM = "\ufeff"  # without it, Excel takes UTF-8 for something else
DANGEROUS = re.compile(r"^[\s\0]*[=+\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d[\d.,]*")
SAMPLES = {
    Run.Kind.CUSTOMERS: [
        ["external_id", "name", "email", "phone", "birthday", "joined_at", "points", "points_expire_at"],
        ["m1001", "김민서", "minseo@example.com", "010-1234-5678", "1990-03-14", "2024-05-02", "12000", "2027-12-31"],
        ["m1002", "Jane Doe", "jane@example.com", "+44 7911 123456", "", "2025-01-30", "350", ""],
    ],
    Run.Kind.BALANCES: [
        ["email", "phone", "points", "points_expire_at"],
        ["minseo@example.com", "", "12000", "2027-12-31"],
        ["", "010-1234-5678", "350", ""],
    ],
    Run.Kind.ORDERS: [
        ["order_id", "placed_at", "status", "total", "shipping", "customer_id", "customer_email", "line_name",
         "line_quantity", "line_price"],
        ["20260301-0001", "2026-03-01 14:05", "paid", "33000", "3000", "m1001", "minseo@example.com", "원두 200g", "2",
         "15000"],
    ],
}  # fmt: skip


def outcome_words() -> dict[str, str]:
    """What each letter means."""
    return {CREATE: _("added"), UPDATE: _("changed"), SKIP: _("skipped"), ERROR: _("error")}


def result_rows(run: Run, *, real: bool, only_errors: bool) -> Iterator[list[str]]:
    """The file's rows with two columns more, from the dry run or from running; with `only_errors` just what to mend."""
    yield [*run.headers, _("Outcome"), _("Reason")]
    said = outcome_words()
    with default_storage.open(lines_path(run)) as lines:
        for chunk in Chunk.objects.filter(run=run, real=real).order_by("offset").iterator(chunk_size=1):
            lines.seek(chunk.offset)
            for row, span, letter in chunk.outcomes:
                told = chunk.problems.get(str(row))
                for place, cells in enumerate(_next_lines(lines, span)):
                    if not only_errors or letter == ERROR:
                        reason = words(*told) if told and place == 0 else ""
                        yield [*_as_wide(cells, len(run.headers)), said[letter] if place == 0 else "", reason]


def _next_lines(lines: IO[bytes], number: int) -> Iterator[list[str]]:
    for _place in range(number):
        yield json.loads(lines.readline())[1:]


def _as_wide(cells: Sequence[str], width: int) -> list[str]:
    """As many cells as the header has; what stood beyond it joins the last."""
    padded = [*cells, *[""] * (width - len(cells))]
    beyond = [cell for cell in padded[width:] if cell]
    return [*padded[: width - 1], " | ".join([padded[width - 1], *beyond])]


def as_csv(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV that Excel opens in Korean too, piece by piece; what it would take for a formula is plain text."""
    yield BOM
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([defused(cell) for cell in row])
        yield line.getvalue()


def defused(cell: str) -> str:
    """A cell that no spreadsheet calculates; numbers stay numbers."""
    return f"'{cell}" if DANGEROUS.match(cell) and not NUMBER.fullmatch(cell) else cell


def as_workbook(rows: Iterable[Sequence[str]]) -> IO[bytes]:
    """An XLSX of texts, in a temporary file that is at its beginning."""
    import xlsxwriter

    out = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(number, place, cell)
    book.close()
    out.seek(0)
    return out


def sample_of(kind: str) -> Iterator[str]:
    """A small table to fill in."""
    return as_csv(SAMPLES[Run.Kind(kind)])
