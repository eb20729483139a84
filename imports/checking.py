"""The dry run: every unit as running would see it, one chunk at a time, and nothing written but what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import IO, Any

from imports import customers, members, orders
from imports.context import Context
from imports.lines import Batch, Unit, next_batch
from imports.models import BULK_KINDS, Chunk, Run
from imports.outcomes import ERROR, Result, add_up, problem_as_json
from imports.people import person_of
from imports.problems import Problem, problem
from imports.purchases import purchase_of

Item = Any  # Person, Purchase or Member: one kind in a run


class Seen:
    """By which signs rows above were known. Kept in the chunks, so that a worker can go on where another ended."""

    def __init__(self, run: Run) -> None:
        self._rows: dict[int, int] = {}
        for stored in Chunk.objects.filter(run=run, real=False, offset__lt=run.offset).values_list(
            "touched", flat=True
        ):
            for row, *signs in stored:
                self._note(row, signs)

    def check(self, item: Item, kind: str) -> list[int]:
        """The digests of its signs, noted. Raises Problem when a row above is known by the strongest of them."""
        signs = [int.from_bytes(blake2b(sign.encode(), digest_size=7).digest(), "big") for sign in item.signs]
        if signs and (above := self._rows.get(signs[0])):
            raise problem("duplicate_order" if kind == Run.Kind.ORDERS else "duplicate", row=above)
        self._note(item.row, signs)
        return signs

    def _note(self, row: int, signs: Sequence[int]) -> None:
        for sign in signs:
            self._rows.setdefault(sign, row)


def parser_of(kind: str) -> Callable[[Unit, Context], Item]:
    """What understands a unit of such a file."""
    if kind in BULK_KINDS:
        return members.member_of
    return purchase_of if kind == Run.Kind.ORDERS else person_of


def room_of(kind: str) -> Any:
    """The module that foresees and brings such units."""
    if kind in BULK_KINDS:
        return members
    return orders if kind == Run.Kind.ORDERS else customers


def check_chunk(run: Run, lines: IO[bytes], seen: Seen, context: Context) -> bool:
    """Look at the next units; False when there are none left. Call inside a transaction that holds the run."""
    batch = next_batch(lines, run.offset, run, context.mapping)
    if not batch.units:
        return False
    understood, results, signs = _understand(batch, seen, context)
    results += room_of(run.kind).foresee(understood, context)
    results.sort(key=lambda result: result.row)
    _keep(run, batch, results, signs)
    add_up(run.checked, results)
    run.offset, run.row = batch.end, run.row + batch.rows
    return True


def _understand(batch: Batch, seen: Seen, context: Context) -> tuple[list[Item], list[Result], list[list[int]]]:
    """The units that make sense, the results of those that do not, and the signs of the former."""
    parse, items, wrong, signs = parser_of(context.run.kind), [], [], []
    for unit in batch.units:
        try:
            item = parse(unit, context)
            signs.append([item.row, *seen.check(item, context.run.kind)])
            items.append(item)
        except Problem as found:
            wrong.append(Result(unit.row, len(unit.cells), ERROR, found, _first_words(unit)))
    return items, wrong, signs


def _first_words(unit: Unit) -> str:
    return " · ".join(cell[:40] for cell in unit.cells[0] if cell)[:100]


def _keep(run: Run, batch: Batch, results: Sequence[Result], signs: list[list[int]]) -> None:
    """Write the chunk; one of an earlier attempt at the same place gives way."""
    Chunk.objects.update_or_create(
        run=run,
        real=False,
        offset=batch.offset,
        defaults={
            "outcomes": [[r.row, r.span, r.letter] for r in results],
            "problems": {str(r.row): problem_as_json(r.problem) for r in results if r.problem},
            "touched": signs,
        },
    )
