"""In earnest: one chunk at a time, each in one transaction with its results and the place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from django.db import DataError, IntegrityError, transaction

from imports.checking import Item, parser_of, room_of
from imports.context import Context
from imports.lines import Unit, next_batch
from imports.models import Chunk, Run
from imports.outcomes import ERROR, Result, add_up, problem_as_json, problem_from_json
from imports.problems import Problem, problem
from loyalty.ledger_errors import LedgerError


def run_chunk(run: Run, lines: IO[bytes], context: Context) -> bool:
    """Bring the next units; False when there are none left. Call inside a transaction that holds the run."""
    batch = next_batch(lines, run.offset, run, context.mapping)
    if not batch.units:
        return False
    items, results = _sound(batch.units, _errors_found(run, batch.offset), context)
    results += _bring(items, context)
    results.sort(key=lambda result: result.row)
    Chunk.objects.create(
        run=run,
        real=True,
        offset=batch.offset,
        outcomes=[[r.row, r.span, r.letter] for r in results],
        problems={str(r.row): problem_as_json(r.problem) for r in results if r.problem},
        touched=[r.touched.to_json() for r in results if r.touched],
    )
    add_up(run.done, results)
    run.offset, run.row = batch.end, run.row + batch.rows
    return True


def _errors_found(run: Run, offset: int) -> dict[int, Problem]:
    """What the dry run found wrong in this chunk, by row."""
    chunk = Chunk.objects.filter(run=run, real=False, offset=offset).first()
    if chunk is None:
        return {}
    wrong = {row for row, _span, letter in chunk.outcomes if letter == ERROR}
    found = {int(row): problem_from_json(stored) for row, stored in chunk.problems.items()}
    return {row: said for row, said in found.items() if row in wrong and said}


def _sound(units: Sequence[Unit], wrong: dict[int, Problem], context: Context) -> tuple[list[Item], list[Result]]:
    """The units to bring, and the results of those that stay out."""
    parse, items, results = parser_of(context.run.kind), [], []
    for unit in units:
        try:
            if found := wrong.get(unit.row):
                raise found
            items.append(parse(unit, context))
        except Problem as found:
            label = " · ".join(cell[:40] for cell in unit.cells[0] if cell)
            results.append(Result(unit.row, len(unit.cells), ERROR, found, label))
    return items, results


def _bring(items: Sequence[Item], context: Context) -> list[Result]:
    """Bring them all, or find out by halves which of them the database refuses: it alone stays out."""
    if not items:
        return []
    try:
        with transaction.atomic():
            return list(room_of(context.run.kind).bring(items, context))
    except (DataError, IntegrityError, LedgerError):
        if len(items) == 1:
            span = getattr(items[0], "span", 1)
            return [Result(items[0].row, span, ERROR, problem("unexpected"), items[0].label)]
        middle = len(items) // 2
        return _bring(items[:middle], context) + _bring(items[middle:], context)
