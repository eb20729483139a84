"""What became of units, and how it is added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from imports.problems import Problem

CREATE, UPDATE, SKIP, ERROR = "c", "u", "s", "e"
LETTERS = (CREATE, UPDATE, SKIP, ERROR)
EXAMPLES = 5  # of each outcome, kept for the page


@dataclass(slots=True)
class Touched:
    """All that one unit changed, for undoing it. Stored as an array, see docs/imports.md."""

    row: int
    customer: int | None = None
    journal: int | None = None
    order: int | None = None
    created: bool = False  # the customer
    changes: dict[str, list[Any]] = field(default_factory=dict)  # field: [before, after]
    consents: list[list[Any]] = field(default_factory=list)  # [channel, purpose, granted before or None]

    def to_json(self) -> list[Any]:
        return [self.row, self.customer, self.journal, self.order, self.created, self.changes, self.consents]

    @classmethod
    def from_json(cls, stored: list[Any]) -> Touched:
        return cls(*stored)


@dataclass(slots=True)
class Result:
    """What became of one unit."""

    row: int
    span: int  # rows of the file that belong to it
    letter: str
    problem: Problem | None = None
    label: str = ""
    points: int = 0
    touched: Touched | None = None


def plain(value: Any) -> Any:
    """A field's value as it stands in Touched.changes: dates in ISO 8601, times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def value_of(name: str, stored: Any) -> Any:
    """The way back, for one of a customer's fields."""
    if not stored:
        return None if name in ("birthday", "joined_at") else ""
    if name == "joined_at":
        return datetime.fromisoformat(stored)
    return date.fromisoformat(stored) if name == "birthday" else stored


def add_up(counts: dict[str, Any], results: Iterable[Result]) -> None:
    """Add to counts, points and the first examples of each outcome."""
    examples = counts.setdefault("examples", {})
    for result in results:
        counts[result.letter] = counts.get(result.letter, 0) + 1
        counts["points"] = counts.get("points", 0) + result.points
        shown = examples.setdefault(result.letter, [])
        if len(shown) < EXAMPLES:
            shown.append([result.row, result.label[:100], *problem_as_json(result.problem)])


def problem_as_json(problem: Problem | None) -> list[Any]:
    """Key and details; nothing for no problem."""
    return [problem.key, dict(problem.details)] if problem else []


def problem_from_json(stored: list[Any]) -> Problem | None:
    """The way back."""
    return Problem(stored[0], stored[1]) if stored else None
