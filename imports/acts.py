"""What a person does with a run: say how it is understood, check, start, pause, stop, undo, discard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from imports import work
from imports.mapping import Mapping
from imports.models import Chunk, Run
from imports.uploads import ALARM, KEPT
from staff import audit
from staff.actors import Actor
from tenants import alarms

S = Run.State
# From which states an act leads, and where to.
ACTS: dict[str, tuple[tuple[str, ...], str]] = {
    "start": ((S.CHECKED,), S.RUNNING),
    "pause": ((S.RUNNING,), S.PAUSED),
    "resume": ((S.PAUSED,), S.RUNNING),
    "stop": ((S.RUNNING, S.PAUSED), S.STOPPED),
    "undo": ((S.DONE, S.STOPPED), S.UNDOING),
    "remap": ((S.CHECKING, S.CHECKED), S.MAPPING),
    "discard": ((S.READING, S.MAPPING, S.CHECKING, S.CHECKED, S.FAILED), S.STOPPED),
}
TRAIL = {"start": "import.started", "stop": "import.stopped", "undo": "import.undone", "discard": "import.discarded"}


class WrongMoment(Exception):
    """The run is in a state from which this does not lead."""


def act(run_id: int, name: str, *, actor: Actor, at: datetime) -> Run:
    """Carry out one of ACTS. Raises WrongMoment, Run.DoesNotExist. Waits for the chunk that is under way."""
    states, leads_to = ACTS[name]
    with transaction.atomic():
        run = _held(run_id, states)
        if name == "undo" and not run.path:
            raise WrongMoment(name)
        run.state = leads_to
        if name in ("start", "remap"):
            run.offset = run.row = 0
        run.due_at = at if run.working else at + KEPT
        run.finished_at = at if name == "stop" else None if name == "undo" else run.finished_at
        run.attempts = 0
        run.save()
        if name in TRAIL:
            _trail(TRAIL[name], run, actor, at)
        alarms.ring(ALARM, run.due_at)
    if name == "discard":
        work.forget(run)
    return run


def check(run_id: int, mapping: Mapping, *, actor: Actor, at: datetime) -> Run:
    """Begin the dry run with this understanding of the columns. Raises WrongMoment, Run.DoesNotExist."""
    with transaction.atomic():
        run = _held(run_id, (S.MAPPING, S.CHECKED))
        Chunk.objects.filter(run=run).delete()
        run.mapping, run.state, run.due_at = mapping.to_json(), S.CHECKING, at
        run.offset = run.row = run.attempts = 0
        run.checked = {}
        run.save()
        if mapping.has_consents:
            _trail("import.consents_stated", run, actor, at, reason=mapping.where)
        alarms.ring(ALARM, at)
    return run


def reread(run_id: int, encoding: str, *, at: datetime) -> Run:
    """Read the file again in the letters that a person chose. Raises WrongMoment, Run.DoesNotExist."""
    with transaction.atomic():
        run = _held(run_id, (S.MAPPING,))
        run.state, run.encoding, run.due_at = S.READING, encoding, at
        run.save()
        alarms.ring(ALARM, at)
    return run


def _held(run_id: int, states: Iterable[str]) -> Run:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state not in states:
        raise WrongMoment(run.state)
    return run


def _trail(action: str, run: Run, actor: Actor, at: datetime, reason: str = "") -> None:
    kind = "bulk" if run.is_bulk else "import"
    audit.record(
        action.replace("import", kind),
        actor=actor,
        at=at,
        object_kind=kind,
        object_id=run.pk,
        object_label=run.file_name,
        reason=reason,
    )
