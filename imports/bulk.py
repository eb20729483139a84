"""One change for many members, without a file: points, tags, enrolment. See docs/members.md.

Who is meant is written down once, as the lines of a run: so what the dry run foresaw is what is done, whoever comes to
match meanwhile. From there on it is a run like any other: it can be paused, stopped and undone, and has a result file.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, override

from customers.models import Customer
from imports.models import Run
from imports.problems import problem
from imports.reading import lines_path
from imports.uploads import ALARM
from loyalty.finding import Wanted
from staff import audit
from staff.actors import Actor
from tenants import alarms

SOURCE = "bulk"
MOST_MEMBERS = 500_000
MOST_CHOSEN = 1000  # by hand; they are written down at once
PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to each of them."""

    kind: str  # one of imports.models.BULK_KINDS
    points: int = 0  # of "points": given, or taken when negative
    reason: str = ""  # of "points": members read it
    add: list[str] = field(default_factory=list)  # of "tags"
    remove: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The change in short, in the active language."""
        if self.kind == Run.Kind.POINTS:
            return self.reason
        if self.kind == Run.Kind.TAGS:
            return " ".join([*(f"+{tag}" for tag in self.add), *(f"−{tag}" for tag in self.remove)])
        return gettext("Enrolment")


def begin(
    change: Change, *, chosen: Sequence[int] | None = None, wanted: Wanted | None = None, key: str, actor: Actor,
    at: datetime,
) -> Run:  # fmt: skip
    """Begin the dry run of this change for those chosen, or for all whom a question means. Once for each key."""
    assert (chosen is None) != (wanted is None)
    with transaction.atomic():
        _take_turn(key)
        mark = sha256(f"bulk {key}".encode()).hexdigest()
        if known := Run.objects.filter(sha256=mark, source=SOURCE).first():
            return known
        run = _create(change, mark, actor, at)
        who = {"chosen": sorted(set(chosen))[:MOST_CHOSEN]} if chosen is not None else {"wanted": asdict(wanted)}  # type: ignore[arg-type]
        run.mapping = {"change": asdict(change), **who}
        run.save(update_fields=["mapping", "path"])
        audit.record("bulk.begun", actor=actor, at=at, object_kind="bulk", object_id=run.pk, object_label=str(run))
        alarms.ring(ALARM, at)
    return run


def change_of(run: Run) -> Change:
    """What the run does."""
    return Change(**run.mapping["change"])


def write_down(run: Run, *, at: datetime) -> None:
    """Freeze who is meant: one line for each. Then the dry run can begin. Safe to be done again."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.jsonl"
        with lines.open("w", encoding="utf-8") as out:
            number = 0
            for number, who in enumerate(_meant(run, at), 1):
                if number > MOST_MEMBERS:
                    raise problem("too_many_members", most=MOST_MEMBERS)
                out.write(json.dumps([number, *map(str, who)], ensure_ascii=False) + "\n")
        default_storage.delete(lines_path(run))
        with lines.open("rb") as written:
            default_storage.save(lines_path(run), File(written))
    run.rows, run.row, run.offset = number, 0, 0
    run.state, run.due_at = Run.State.CHECKING, at


def _create(change: Change, mark: str, actor: Actor, at: datetime) -> Run:
    with override(connection.tenant.language):
        headers = [gettext("Customer number"), gettext("Name"), gettext("Card")]
        title = change.title[:120]
    run = Run.objects.create(
        kind=change.kind, source=SOURCE, file_name=title, size=0, sha256=mark, headers=headers, created_at=at,
        created_by=actor.name[:200], creator_id=actor.id, due_at=at,
    )  # fmt: skip
    run.path = f"imports/{run.pk}"
    return run


def _meant(run: Run, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Id, name and card code of each, by id; a page at a time."""
    found: QuerySet[Customer]
    if "chosen" in run.mapping:
        found = Customer.objects.present().filter(pk__in=run.mapping["chosen"])
    else:
        found = Wanted.read(run.mapping["wanted"]).found(at=timezone.localtime(at))
    last = 0
    while page := list(found.filter(pk__gt=last).order_by("pk").values_list("pk", "name", "card_code")[:PAGE]):
        yield from page
        last = page[-1][0]


def _take_turn(key: str) -> None:
    """Two presses of one button make one run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/bulk/' || %s, 0))", [key])
