"""The alarm "imports": runs of one shop take turns of a few seconds, chunk by chunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Min

from imports import bulk, reading
from imports.checking import Seen, check_chunk
from imports.context import Context
from imports.models import Chunk, Run
from imports.problems import Problem
from imports.running import run_chunk
from imports.undoing import undo_chunk
from imports.uploads import ALARM, KEPT
from tenants.alarms import handler

TURN_SECONDS = 8.0
MOST_ATTEMPTS = 5
S = Run.State
Step = Callable[[Run], bool]
NEXT = {S.CHECKING: S.CHECKED, S.RUNNING: S.DONE, S.UNDOING: S.UNDONE}


def next_due() -> datetime | None:
    """When the next run has something to do."""
    due: datetime | None = Run.objects.filter(due_at__isnull=False).aggregate(first=Min("due_at"))["first"]
    return due


@handler(ALARM, due=next_due)
def work(at: datetime) -> None:
    """Give the run that has waited longest its turn. A run that keeps failing is set aside and stops nobody."""
    run = Run.objects.filter(due_at__lte=at).order_by("due_at", "pk").first()
    if run is None:
        return
    try:
        _turn(run, at)
    except Exception:
        _push_ahead(run, at)
        raise


def _turn(run: Run, at: datetime) -> None:
    if run.state == S.READING and run.is_bulk:
        _write_down(run, at)
    elif run.state == S.READING:
        run.due_at = at + KEPT
        reading.read(run, at=at, encoding=run.encoding)
    elif run.state in NEXT:
        with default_storage.open(reading.lines_path(run)) as lines:
            _go_on(run, _step_of(run, lines, at), at)
    else:
        forget(run)


def _write_down(run: Run, at: datetime) -> None:
    """Freeze who is meant by a change of many."""
    with transaction.atomic():
        held = Run.objects.select_for_update(skip_locked=True).filter(pk=run.pk, state=S.READING).first()
        if held is None:
            return
        try:
            bulk.write_down(held, at=at)
        except Problem as found:
            held.state, held.problem, held.finished_at = S.FAILED, [found.key, dict(found.details)], at
            held.due_at = at + KEPT
        held.save()


def _step_of(run: Run, lines: IO[bytes], at: datetime) -> Step:
    context = Context.of(run, at=at)
    match run.state:
        case S.CHECKING:
            seen = Seen(run)
            return lambda held: check_chunk(held, lines, seen, context)
        case S.RUNNING:
            return lambda held: run_chunk(held, lines, context)
    return lambda held: undo_chunk(held, context)


def _go_on(run: Run, step: Step, at: datetime) -> None:
    """Chunk after chunk until the turn is over, the file is, or somebody pauses or stops the run."""
    end = time.monotonic() + TURN_SECONDS
    while True:
        with transaction.atomic():
            held = Run.objects.select_for_update(skip_locked=True).filter(pk=run.pk, state=run.state).first()
            if held is None:
                return
            more = step(held)
            if not more:
                _finish(held, at)
            held.attempts, held.due_at = 0, at if more else at + KEPT
            held.save(update_fields=[
                "state", "offset", "row", "checked", "done", "undone", "due_at", "attempts", "finished_at",
            ])  # fmt: skip
        if not more or time.monotonic() >= end:
            return


def _finish(run: Run, at: datetime) -> None:
    if run.state == S.CHECKING:  # the signs have served
        Chunk.objects.filter(run=run, real=False).update(touched=[])
    else:
        run.finished_at = at
    run.state = NEXT[S(run.state)]


def _push_ahead(run: Run, at: datetime) -> None:
    """Let it wait, longer each time, and give up in the end."""
    attempts = run.attempts + 1
    later = at + timedelta(seconds=30 * 4**attempts)
    gone = {"state": S.FAILED, "problem": ["gave_up", {}], "finished_at": at, "due_at": at + KEPT}
    changes = gone if attempts >= MOST_ATTEMPTS and run.state in (S.READING, S.CHECKING) else {"due_at": later}
    Run.objects.filter(pk=run.pk).update(attempts=attempts, **changes)


def forget(run: Run) -> None:
    """Remove the file and all personal data of the run; what it did stays, and can no longer be undone."""
    with transaction.atomic():
        Chunk.objects.filter(run=run).delete()
        for counts in (run.checked, run.done, run.undone):
            counts.pop("examples", None)
            counts.pop("listed", None)
        run.sample, run.due_at, path = [], None, run.path
        if run.state in (S.MAPPING, S.CHECKED, S.PAUSED, S.READING):
            run.state = S.STOPPED
        run.path = ""
        run.save()
    for name in ("upload", "lines.jsonl"):
        default_storage.delete(f"{path}/{name}")
