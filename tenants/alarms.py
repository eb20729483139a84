"""The alarm clock: how thousands of shops cost nothing while idle, and no work is forgotten.

A room registers a handler for a kind of work; whoever creates work rings, in the same transaction. Workers claim due
alarms, run the handler inside that schema for one bounded batch, ask when the next work is due and put that back.

Two traps, and what avoids them (see migration 0002 for the SQL side):

*Lost wake-up.* A ringer holds an advisory lock, shared, until it commits. A worker puts an alarm back only while it
holds that lock exclusively; if it cannot have it, somebody's work is not visible yet, and the alarm stays due.
*Hot row.* An alarm that is due already is not written again. Two transactions that make it due at the same time do
not wait for each other either: the second leaves a note (Ring), which the next sweep gathers.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from tenants.models import Merchant

log = structlog.get_logger(__name__)

# Due whatever the time is.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
SENT_AGAIN_AFTER = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)
PAGE = 500  # alarms the sweep sends with one query
BROKER_REST_SECONDS = 5.0
_broker_down = {"until": 0.0}  # this process's memory of a broker that did not answer

Run = Callable[[datetime], None]
Due = Callable[[], datetime | None]


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do for one kind of alarm, and how to ask when there is more."""

    run: Run
    due: Due


_handlers: dict[str, Handler] = {}

CLAIM = """
UPDATE public.tenants_alarm SET
    leased_until = %(until)s, due_at = %(at_once)s, sent_at = NULL,
    failures = failures + (leased_until IS NOT NULL)::int,
    last_error = CASE WHEN leased_until IS NULL THEN last_error ELSE 'A worker started and never came back.' END
WHERE id = (
    SELECT alarm.id FROM public.tenants_alarm alarm
    JOIN public.tenants_merchant merchant ON merchant.schema_name = alarm.schema_name AND merchant.state = 'active'
    WHERE alarm.schema_name = %(schema)s AND kind = %(kind)s AND due_at <= %(at)s
      AND (leased_until IS NULL OR leased_until <= %(at)s) AND (retry_at IS NULL OR retry_at <= %(at)s)
    FOR UPDATE OF alarm SKIP LOCKED
)
"""

DUE_KINDS = """
SELECT kind FROM public.tenants_alarm alarm
JOIN public.tenants_merchant merchant ON merchant.schema_name = alarm.schema_name AND merchant.state = 'active'
WHERE alarm.schema_name = %(schema)s AND due_at <= %(at)s
  AND (leased_until IS NULL OR leased_until <= %(at)s) AND (retry_at IS NULL OR retry_at <= %(at)s)
ORDER BY due_at, kind
"""

SEND = """
WITH due AS MATERIALIZED (
    SELECT alarm.id FROM public.tenants_alarm alarm
    JOIN public.tenants_merchant merchant ON merchant.schema_name = alarm.schema_name AND merchant.state = 'active'
    WHERE due_at <= %(at)s AND (leased_until IS NULL OR leased_until <= %(at)s)
      AND (retry_at IS NULL OR retry_at <= %(at)s) AND (sent_at IS NULL OR sent_at <= %(sent_before)s)
    ORDER BY due_at LIMIT %(page)s FOR UPDATE OF alarm SKIP LOCKED
)
UPDATE public.tenants_alarm SET sent_at = %(at)s, due_at = %(at_once)s
WHERE id IN (SELECT id FROM due) RETURNING schema_name, kind
"""

PUT_BACK = """
UPDATE public.tenants_alarm
SET due_at = %(due)s, leased_until = NULL, failures = 0, retry_at = NULL, last_error = ''
WHERE schema_name = %(schema)s AND kind = %(kind)s AND leased_until = %(until)s
"""

FAILED = """
UPDATE public.tenants_alarm
SET leased_until = NULL, failures = failures + 1, last_error = %(error)s,
    retry_at = %(at)s + LEAST(%(longest)s, interval '5 seconds' * power(2, LEAST(failures, 16)))
WHERE schema_name = %(schema)s AND kind = %(kind)s AND leased_until = %(until)s
"""

NOBODY_RINGS = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(schema)s || '/' || %(kind)s, 0))"


def handler(kind: str, *, due: Due) -> Callable[[Run], Run]:
    """Register the decorated function as what a worker runs, inside the schema, when an alarm of this kind is due.

    It gets the present moment, does one bounded batch (seconds, not minutes) in transactions of its own, and may run
    twice at once: a worker that is slow beyond its lease is not stopped. `due` tells the earliest time of what remains.
    """

    def register(run: Run) -> Run:
        assert kind not in _handlers, f"two handlers for alarms of kind {kind}"
        _handlers[kind] = Handler(run, due)
        return run

    return register


def ring(kind: str, due_at: datetime | None = None) -> None:
    """There is work of this kind for the current tenant at `due_at` (at once when not given).

    Call it in the transaction that creates the work: both become visible together. One round trip; never waits for
    another transaction. When the alarm became due just now, a worker is sent as soon as the transaction commits.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"ring({kind!r}) must be called in the transaction that creates the work")
    schema_name = connection.schema_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.ring_alarm(%s, %s, %s)", [schema_name, kind, due_at or AT_ONCE])
        newly = cursor.fetchone()[0]
    if newly and (due_at is None or due_at <= timezone.now()):
        transaction.on_commit(lambda: send(schema_name, kind), robust=True)


def send(schema_name: str, kind: str) -> bool:
    """Put the alarm into Celery's queue. False when the broker cannot be reached: the sweep will send it later.

    One quick try, and for some seconds after a failure none: a request must not wait for a broker that is down.
    """
    from kombu.exceptions import OperationalError

    from tenants.tasks import run_alarm

    if time.monotonic() < _broker_down["until"]:
        return False
    try:
        alarm = {"schema_name": schema_name, "kind": kind}
        run_alarm.apply_async(kwargs=alarm, retry=True, retry_policy={"max_retries": 0})
    except OperationalError:
        _broker_down["until"] = time.monotonic() + BROKER_REST_SECONDS
        log.warning("broker_unreachable", schema=schema_name, kind=kind)
        return False
    return True


def sweep(at: datetime) -> int:
    """Send a worker for every alarm that is due and not yet under way; return how many.

    Two queries when nothing is due, however many tenants there are.
    """
    with schema_context("public"):
        gather()
        sent = 0
        while page := _page_to_send(at):
            for schema_name, kind in page:
                if not send(schema_name, kind):
                    return sent
                sent += 1
            if len(page) < PAGE:
                break
    return sent


def gather() -> None:
    """Move the notes that ringers left (Ring) to their alarms."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.gather_rings()")


def _page_to_send(at: datetime) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(SEND, {"at": at, "at_once": AT_ONCE, "sent_before": at - SENT_AGAIN_AFTER, "page": PAGE})
        return cursor.fetchall()


def run_due(schema_name: str, kind: str, *, at: datetime | None = None) -> bool:
    """Run the handler for one batch if this alarm is due and nobody else runs it. True when it ran.

    A failing handler is kept away for a while, with its error, and raises nothing here. With the real time (`at` not
    given), what remains due goes to the end of the queue, so one busy shop cannot keep a worker to itself.
    """
    try:
        remaining = attempt(schema_name, kind, at=at or timezone.now())
    except Exception:
        log.exception("alarm_failed", schema=schema_name, kind=kind)
        return True
    if remaining and at is None:
        send(schema_name, kind)
    return remaining is not None


def drain(merchant: Merchant, at: datetime, *, rounds: int = 10_000) -> int:
    """Run all that is due for one merchant until nothing is; return the number of batches. For tests and simulations.

    A handler's error is recorded as in production and then raised.
    """
    batches = 0
    for _ in range(rounds):
        gather()
        due = _kinds_due(merchant.schema_name, at)
        if not due:
            return batches
        for kind in due:
            batches += attempt(merchant.schema_name, kind, at=at) is not None
    raise RuntimeError(f"alarms of {merchant} are still due after {rounds} rounds: {due}")


def _kinds_due(schema_name: str, at: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DUE_KINDS, {"schema": schema_name, "at": at})
        return [kind for (kind,) in cursor.fetchall()]


def attempt(schema_name: str, kind: str, *, at: datetime) -> bool | None:
    """Claim, run, put back. None when there was nothing to claim, else whether more is due.

    Raises what the handler raises, after it has been recorded.
    """
    until = at + timedelta(seconds=settings.ALARM_LEASE_SECONDS)
    claim = {"schema": schema_name, "kind": kind, "until": until, "at": at}
    if not _execute(CLAIM, {**claim, "at_once": AT_ONCE}):
        return None
    try:
        merchant = Merchant.objects.get(schema_name=schema_name)
        with tenant_context(merchant), _undoable():
            _handlers[kind].run(at)
            return _put_back(claim)
    except Exception as error:
        _execute(FAILED, {**claim, "error": describe(error), "longest": LONGEST_BACKOFF})
        raise


@contextmanager
def _undoable() -> Iterator[None]:
    """Within somebody's transaction (a test, a simulation) a savepoint, so that a failure can still be written."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        yield


def _put_back(claim: dict[str, Any]) -> bool:
    """Ask for the last time when work is due and hand the alarm back; True when it goes on at once.

    Never waits for a ringer to commit, for others would queue behind the waiting: looks a few times, then leaves the
    alarm due for the next sweep.
    """
    for pause in (0, 0.01, 0.03, 0.1):
        time.sleep(pause)
        with transaction.atomic():
            if _fetch(NOBODY_RINGS, claim):
                next_due = _handlers[claim["kind"]].due()
                more = next_due is not None and next_due <= claim["at"]
                _execute(PUT_BACK, {**claim, "due": AT_ONCE if more else next_due})
                return more
    _execute(PUT_BACK, {**claim, "due": AT_ONCE})
    return False


def describe(error: BaseException) -> str:
    """The kind of error, the first line of its message and where it arose: no values of rows, which come after."""
    message = (str(error).splitlines() or [""])[0][:300]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {message}{place}"


def _execute(sql: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def _fetch(sql: str, values: dict[str, Any]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]
