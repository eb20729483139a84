"""How a person says a file is to be understood: what each column means, and what is to happen with what it brings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from imports.fields import BY_KEY, CONSENTS, guess, plain
from imports.models import Run

UPDATE, FILL, LEAVE = "update", "fill", "leave"
ADD, SKIP = "add", "skip"
SET = "set"


@dataclass(frozen=True)
class Mapping:
    """A person's decisions about one file; `columns` maps a place to a field's key."""

    columns: dict[int, str] = field(default_factory=dict)
    existing: str = FILL  # update: the file wins; fill: only what is empty; leave
    new: str = ADD  # add or skip
    points: str = SET  # set: what is available becomes this; add: this comes on top
    month_first: bool = False  # 03/04 is 4 March
    yes: str = ""  # how a consent is written there, several separated by commas
    no: str = ""
    where: str = ""  # where the consents were given
    consented_on: str = ""  # ISO date, for rows without one of their own

    def place_of(self, key: str) -> int | None:
        """The column of a field, None when no column means it."""
        return next((place for place, named in self.columns.items() if named == key), None)

    @property
    def has_consents(self) -> bool:
        """Whether a column is said to be a consent."""
        return any(key in CONSENTS for key in self.columns.values())

    def answer(self, text: str) -> bool | None:
        """Whether this cell grants the consent, refuses it, or says neither."""
        given = text.strip().casefold()
        if given in _written(self.yes):
            return True
        return False if given in _written(self.no) else None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": {str(place): key for place, key in self.columns.items()}}

    @classmethod
    def from_json(cls, stored: AnyMapping[str, Any]) -> Mapping:
        columns = {int(place): key for place, key in stored.get("columns", {}).items() if key in BY_KEY}
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "columns": columns})


def _written(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.split(",") if part.strip()}


def header_key(headers: Sequence[str], kind: str) -> str:
    """What files with the same columns have in common."""
    return hashlib.sha256("\x1f".join([kind, *map(plain, headers)]).encode()).hexdigest()


def first_mapping(run: Run, *, country: str) -> Mapping:
    """As the last file with these headers was understood, else guessed. What was said of consents is asked anew."""
    remembered = Run.objects.filter(header_key=run.header_key, kind=run.kind).exclude(pk=run.pk).exclude(mapping={})
    last = remembered.filter(row__gt=0).order_by("-pk").first()
    if last:
        before = Mapping.from_json(last.mapping).to_json()
        columns = {place: key for place, key in before["columns"].items() if key not in CONSENTS}
        return Mapping.from_json({**before, "columns": columns, "yes": "", "no": "", "where": "", "consented_on": ""})
    existing = LEAVE if run.kind == Run.Kind.BALANCES else FILL
    return Mapping(columns=guess(run.headers, run.kind), existing=existing, month_first=country == "US")


def missing(mapping: Mapping, kind: str) -> list[str]:
    """The fields without which such a file tells nothing; one of several is written "a|b"."""
    needed = {
        Run.Kind.CUSTOMERS: ["external_id|email|phone"],
        Run.Kind.BALANCES: ["external_id|email|phone", "points"],
        Run.Kind.ORDERS: ["order_id", "placed_at", "total"],
    }[Run.Kind(kind)]
    given = set(mapping.columns.values())
    return [need for need in needed if not given & set(re.split(r"\|", need))]
