"""Files on their way in: uploaded, checked and brought as a person would, without the pages."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from imports import acts, uploads
from imports.mapping import Mapping
from imports.models import Chunk, Run
from imports.problems import words
from staff.actors import Actor
from tenants.alarms import drain
from tenants.models import Merchant
from tests.shops import NOW

MANAGER = Actor("staff", 7, "한유진")


def upload(content: str | bytes, kind: str = "customers", *, name: str = "file.csv", source: str = "import") -> Run:
    """A file that was just given to us."""
    data = content.encode() if isinstance(content, str) else content
    return uploads.receive(SimpleUploadedFile(name, data), kind=kind, source=source, actor=MANAGER, at=NOW)


def check(run: Run, at: datetime = NOW, **decisions: Any) -> Run:
    """The dry run, with the guessed columns and these decisions."""
    mapping = Mapping.from_json({**run.mapping, **decisions})
    acts.check(run.pk, mapping, actor=MANAGER, at=at)
    return work(run, at)


def bring(run: Run, at: datetime = NOW, **decisions: Any) -> Run:
    """Check and start; all of it is done."""
    check(run, at, **decisions)
    return do(run, "start", at)


def do(run: Run, act: str, at: datetime = NOW) -> Run:
    acts.act(run.pk, act, actor=MANAGER, at=at)
    return work(run, at)


def work(run: Run, at: datetime = NOW) -> Run:
    """Let the alarm do all that is due."""
    shop = Merchant.objects.get(schema_name=connection.schema_name)
    drain(shop, at, rounds=40)
    return Run.objects.get(pk=run.pk)


def found(run: Run, *, real: bool = False) -> dict[int, str]:
    """What is wrong or left, in words, by row."""
    chunks = Chunk.objects.filter(run=run, real=real)
    return {int(row): words(*said) for chunk in chunks for row, said in chunk.problems.items()}


def counts(stage: dict[str, Any]) -> dict[str, int]:
    """How many units came to which outcome."""
    return {letter: stage[letter] for letter in "cuse" if stage.get(letter)}


def a_workbook(rows: list[list[Any]]) -> bytes:
    """An XLSX with these rows."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()
