"""Going through a file's lines from where the last chunk ended: units of one customer's row or of one order's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from imports.mapping import Mapping
from imports.models import Run

UNITS = {Run.Kind.ORDERS: 300}
USUAL_UNITS = 1000
MOST_LINES = 500  # of one order


@dataclass(slots=True)
class Unit:
    """What is imported as one: its first row's number and the cells of its rows."""

    row: int
    cells: list[list[str]]


@dataclass(slots=True)
class Batch:
    """The units of one chunk, and where they stand in the lines."""

    offset: int
    units: list[Unit] = field(default_factory=list)
    end: int = 0
    rows: int = 0


def next_batch(lines: IO[bytes], offset: int, run: Run, mapping: Mapping) -> Batch:
    """The units from this byte on; none at the end of the file. The same byte gives the same batch, always."""
    most = UNITS.get(Run.Kind(run.kind), USUAL_UNITS)
    batch = Batch(offset, end=offset)
    lines.seek(offset)
    joins = _Joins(mapping) if run.kind == Run.Kind.ORDERS else None
    for number, cells, length in _parsed(lines):
        if joins and batch.units and joins.belongs(cells, batch.units[-1]):
            batch.units[-1].cells.append(cells)
        elif len(batch.units) == most:
            break
        else:
            batch.units.append(Unit(number, [cells]))
        batch.end += length
        batch.rows += 1
    return batch


def _parsed(lines: IO[bytes]) -> Iterator[tuple[int, list[str], int]]:
    for line in iter(lines.readline, b""):  # Django's files begin anew when iterated
        number, *cells = json.loads(line)
        yield number, cells, len(line)


class _Joins:
    """Whether a row is one more line of the order above: Shopify repeats the number, and leaves the id out."""

    def __init__(self, mapping: Mapping) -> None:
        self.id, self.number = mapping.place_of("order_id"), mapping.place_of("number")

    def belongs(self, cells: list[str], above: Unit) -> bool:
        if len(above.cells) >= MOST_LINES:
            return False
        own, its = cell(cells, self.id), cell(above.cells[0], self.id)
        if own:
            return own == its
        number = cell(cells, self.number)
        return bool(number) and number == cell(above.cells[0], self.number)


def cell(cells: list[str], place: int | None) -> str:
    """One cell of a row; empty when the row is too short or no column means it."""
    return cells[place] if place is not None and place < len(cells) else ""
