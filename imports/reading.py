"""From an uploaded file to lines of JSON in the shop's storage: `[row number, cell, …]`, blank rows left out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from imports import workbook
from imports.delimited import ENCODINGS, LONGEST_CELL, letters_of, rows_of
from imports.mapping import first_mapping, header_key
from imports.models import Run
from imports.problems import Problem, problem

MOST_ROWS = 500_000
MOST_COLUMNS = 200
SAMPLES = 5
LONGEST_SHOWN = 200
SMALL = 2 * 1024 * 1024  # bytes of a file that is read while the person waits
SMALL_WORKBOOK = 256 * 1024


def upload_path(run: Run) -> str:
    """Where the file lies as it came."""
    return f"{run.path}/upload"


def lines_path(run: Run) -> str:
    """Where its lines lie."""
    return f"{run.path}/lines.jsonl"


def read(run: Run, *, at: datetime, encoding: str = "") -> None:
    """Read the file, in the encoding a person chose if they did; then the run waits for its columns, or has failed.

    Safe to be done again: the lines are written anew.
    """
    try:
        with default_storage.open(upload_path(run)) as file:
            _read(run, file, encoding)
    except Problem as found:
        run.state, run.problem, run.finished_at = Run.State.FAILED, [found.key, dict(found.details)], at
    else:
        run.state = Run.State.MAPPING
        run.mapping = first_mapping(run, country=connection.tenant.country).to_json()
    run.row = run.offset = 0
    with transaction.atomic():
        run.save()


def _read(run: Run, file: IO[bytes], encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.jsonl"
        if file.read(4) == b"PK\x03\x04":
            rows = _workbook_rows(run, file, Path(folder))
        else:
            rows = _text_rows(run, file, encoding)
        with lines.open("w", encoding="utf-8") as out, closing(rows):
            _write(run, rows, out)
        default_storage.delete(lines_path(run))
        with lines.open("rb") as written:
            default_storage.save(lines_path(run), File(written))


def _text_rows(run: Run, file: IO[bytes], encoding: str) -> Generator[list[str], None, None]:
    if encoding in ENCODINGS:
        run.encoding, run.encoding_sure = encoding, True
    else:
        run.encoding, run.encoding_sure = letters_of(file, country=connection.tenant.country)
    return rows_of(file, run.encoding)


def _workbook_rows(run: Run, file: IO[bytes], folder: Path) -> Generator[list[str], None, None]:
    run.encoding, run.encoding_sure = "", True
    source, rows = folder / "upload.xlsx", folder / "rows.jsonl"
    file.seek(0)
    with source.open("wb") as copy:
        while block := file.read(1 << 20):
            copy.write(block)
    if key := workbook.unfold(source, rows):
        raise problem(key)
    with rows.open(encoding="utf-8") as written:
        yield from map(json.loads, written)


def _write(run: Run, rows: Iterator[list[str]], out: IO[str]) -> None:
    """Write the lines and note headers, samples and the number of rows. Raises Problem."""
    run.headers, run.sample, run.rows = [], [], 0
    for number, row in enumerate(rows, start=1):
        cells = [_clean(cell) for cell in row]
        if not any(cells):
            continue
        if not run.headers:
            run.headers = _headers(cells)
            continue
        run.rows += 1
        if run.rows > MOST_ROWS:
            raise problem("too_many_rows")
        if run.rows <= SAMPLES:
            run.sample.append([cell[:LONGEST_SHOWN] for cell in cells[:MOST_COLUMNS]])
        out.write(json.dumps([number, *cells], ensure_ascii=False) + "\n")
    if not run.headers:
        raise problem("empty")
    if not run.rows:
        raise problem("no_rows")
    run.header_key = header_key(run.headers, run.kind)


def _headers(cells: Sequence[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise problem("too_many_columns")
    return [cell[:LONGEST_SHOWN] for cell in cells]


def _clean(cell: str) -> str:
    """A cell without what no column of a database holds, and without Excel's way of writing text: ="010"."""
    text = cell.replace("\0", "").strip()[:LONGEST_CELL]
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):  # as we defuse cells ourselves
        text = text[1:]
    # Half of a surrogate pair can stand in a workbook's XML, and in no database.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
