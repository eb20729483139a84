"""The alarm "webhooks": messages that are due are claimed, sent in threads with no transaction open, and written down.

A claim is a lease: a sender that vanishes lets go of its messages, which are then sent again under the same id. Nobody
waits for an endpoint that hangs: after a moment the worker goes on, and the thread writes down itself what comes of it.
An endpoint has few messages under way at once, one that fails only one, so it cannot take the threads from others.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from config import failpoints
from tenants.alarms import handler, ring
from webhooks import signing
from webhooks.endpoints import ALARM
from webhooks.models import Endpoint, Message
from webhooks.sending import Job, Outcome, deliver
from webhooks.settling import MANY_FAILURES, settle

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=settings.ALARM_LEASE_SECONDS)  # far beyond the deadline of one sending
AT_ONCE = 32  # threads of one process
PER_ENDPOINT = 8
PATIENCE = 2.0  # seconds the worker waits for answers before it leaves them to their threads
TURN = 5.0  # seconds after which it makes room for other work

CAP = f"CASE WHEN endpoint.failures >= {MANY_FAILURES} THEN 1 ELSE {PER_ENDPOINT} END"

# Materialized: else the planner may look for due messages anew for each one updated, and lock others each time.
CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT found.id FROM webhooks_endpoint endpoint CROSS JOIN LATERAL (
        SELECT id FROM webhooks_message message
        WHERE endpoint_id = endpoint.id AND next_try_at <= %(at)s
          AND (endpoint.paused_at IS NULL OR message.type = 'ping')
        ORDER BY next_try_at, id
        LIMIT greatest(0, {CAP} - (
            SELECT count(*) FROM webhooks_message
            WHERE endpoint_id = endpoint.id AND state = 'sending' AND next_try_at > %(at)s
        ))
        FOR UPDATE SKIP LOCKED
    ) found
    WHERE endpoint.rest_until IS NULL OR endpoint.rest_until <= %(at)s
    LIMIT %(most)s
)
UPDATE webhooks_message SET state = 'sending', next_try_at = %(until)s, attempts = attempts + 1
WHERE id IN (SELECT id FROM due)
RETURNING id
"""  # noqa: S608

DUE = f"""
SELECT min(least(flying.until, CASE
    WHEN waiting.next IS NULL OR flying.number >= {CAP} THEN NULL ELSE greatest(waiting.next, endpoint.rest_until)
END))
FROM webhooks_endpoint endpoint
CROSS JOIN LATERAL (
    SELECT min(next_try_at) AS next FROM webhooks_message message
    WHERE endpoint_id = endpoint.id AND state = 'waiting' AND next_try_at IS NOT NULL
      AND (endpoint.paused_at IS NULL OR message.type = 'ping')
) waiting
CROSS JOIN LATERAL (
    SELECT min(next_try_at) AS until, count(*) AS number FROM webhooks_message
    WHERE endpoint_id = endpoint.id AND state = 'sending' AND next_try_at IS NOT NULL
) flying
"""  # noqa: S608


def due() -> datetime | None:
    """When the next message is to be sent, or a sender counts as vanished."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        found: datetime | None = cursor.fetchone()[0]
    return found


@handler(ALARM, due=due)
def run(at: datetime) -> None:
    """Send what is due until nothing is, or the turn is over."""
    began = time.monotonic()
    while time.monotonic() - began < TURN:
        jobs = claim(at, most=_threads.free())
        if not jobs:
            return
        failpoints.reach("webhooks.claimed")
        flights = [_threads.send(job) for job in jobs]
        wait([flight.future for flight in flights], timeout=PATIENCE)
        landed = [(flight.job, outcome) for flight in flights if (outcome := flight.result_or_leave()) is not None]
        failpoints.reach("webhooks.sent")
        if landed:
            settle(landed, at=at)


@transaction.atomic
def claim(at: datetime, *, most: int) -> list[Job]:
    """Take up to `most` due messages for LEASE, with what it takes to send them."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "until": at + LEASE, "most": most})
        ids = [pk for (pk,) in cursor.fetchall()]
    messages = list(Message.objects.filter(pk__in=ids).order_by("id"))
    endpoints = Endpoint.objects.in_bulk({message.endpoint_id for message in messages})
    secrets = {pk: signing.valid_secrets(endpoint, at) for pk, endpoint in endpoints.items()}
    return [
        Job(
            message=message.pk,
            endpoint=message.endpoint_id,
            attempt=message.attempts,
            url=endpoints[message.endpoint_id].url,
            message_id=message.message_id,
            body=message.body.encode(),
            secrets=secrets[message.endpoint_id],
            at=at,
        )
        for message in messages
    ]


class Flight:
    """A message that a thread is sending. Either the worker takes the result, or the thread writes it down itself."""

    def __init__(self, job: Job, merchant: Any) -> None:
        self.job, self.merchant = job, merchant
        self.future: Future[None]
        self._lock = Lock()
        self._outcome: Outcome | None = None
        self._left = False

    def fly(self) -> None:
        """What the thread does."""
        outcome = _delivered(self.job)
        with self._lock:
            self._outcome = outcome
            if not self._left:
                return
        self._settle_here(outcome)

    def result_or_leave(self) -> Outcome | None:
        """What came of it; None when nothing has yet: then the thread writes it down when it does."""
        with self._lock:
            self._left = self._outcome is None
            return self._outcome

    def _settle_here(self, outcome: Outcome) -> None:
        try:
            with tenant_context(self.merchant), transaction.atomic():
                settle([(self.job, outcome)], at=self.job.at + timedelta(seconds=outcome.seconds))
                if (next_due := due()) is not None:  # its endpoint has room for one more now
                    ring(ALARM, next_due)
        except Exception:  # its lease runs out, and it is sent again
            log.exception("webhook_not_settled", message=self.job.message)
        finally:
            connection.close()


def _delivered(job: Job) -> Outcome:
    try:
        return deliver(job)
    except Exception:
        log.exception("webhook_not_sent", message=job.message)
        return Outcome(error="internal")


class Threads:
    """The senders of this process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")
        self._lock, self._flying = Lock(), 0

    def free(self) -> int:
        """How many messages can be taken on; waits a moment for the first."""
        end = time.monotonic() + PATIENCE
        while self._flying >= AT_ONCE and time.monotonic() < end:
            time.sleep(0.05)
        return AT_ONCE - self._flying

    def send(self, job: Job) -> Flight:
        """Have a thread send it."""
        flight = Flight(job, connection.tenant)
        with self._lock:
            self._flying += 1
        flight.future = self._pool.submit(flight.fly)
        flight.future.add_done_callback(self._landed)
        return flight

    def _landed(self, _future: Any) -> None:
        with self._lock:
            self._flying -= 1


_threads = Threads()  # starts none before the first message, so a process that forks has none yet
