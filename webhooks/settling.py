"""What an answer means: done, to be tried again and when, given up; and how its endpoint is to be treated.

Only 2xx takes a message. 410 says that the endpoint is gone: it is paused. 429, 502 and 504 ask to be spared, and so
does Retry-After. Several failures in a row let the endpoint rest for a while, so that one which hangs costs little;
five days of nothing but failures pause it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from staff.actors import SYSTEM
from webhooks import notices
from webhooks.endpoints import pause
from webhooks.models import Endpoint, Message
from webhooks.sending import Job, Outcome
from webhooks.types import PING

# Between one try and the next: 10 tries over about three days (the schedule that the specification suggests).
DELAYS = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
JITTER = 0.1  # each delay is up to a tenth longer, so that what failed together does not come back together
HOPELESS_AFTER = timedelta(hours=120)
BUSY = (429, 502, 504)
BUSY_REST = timedelta(seconds=30)
MANY_FAILURES = 3  # in a row: from then on one message at a time, with rests between
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
TRIES_KEPT = 20


@transaction.atomic
def settle(landed: Sequence[tuple[Job, Outcome]], *, at: datetime) -> None:
    """Write down what came of these, endpoint by endpoint. What another sender took over meanwhile is left alone."""
    ids = {job.endpoint for job, _ in landed}
    for endpoint in Endpoint.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        for job, outcome in landed:
            if job.endpoint == endpoint.pk:
                _settle_one(endpoint, job, outcome, at)
        endpoint.save(update_fields=["failures", "failing_since", "rest_until"])
        _pause_if_hopeless(endpoint, [outcome for job, outcome in landed if job.endpoint == endpoint.pk], at)


def _settle_one(endpoint: Endpoint, job: Job, outcome: Outcome, at: datetime) -> None:
    mine = Message.objects.select_for_update(of=("self",)).filter(
        pk=job.message, state=Message.State.SENDING, attempts=job.attempt
    )
    message = mine.first()
    if message is None:
        return
    if outcome.delivered:
        endpoint.failures, endpoint.failing_since, endpoint.rest_until = 0, None, None
    else:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or at
        endpoint.rest_until = _rest(endpoint, outcome, at)
    _write(message, endpoint, outcome, at)


def _write(message: Message, endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    tried = {"at": at.isoformat(), "status": outcome.status, "error": outcome.error, "seconds": outcome.seconds}
    message.tries = [*message.tries, tried][-TRIES_KEPT:]
    message.answer = outcome.answer
    message.next_try_at = None
    if outcome.delivered:
        message.state, message.settled_at = Message.State.DELIVERED, at
    elif message.attempts > len(DELAYS) or message.type == PING:
        message.state, message.settled_at = Message.State.FAILED, at
    elif endpoint.paused_at is not None:
        message.state = Message.State.HELD
    else:
        message.state, message.next_try_at = Message.State.WAITING, next_try(message.attempts, outcome, at)
    message.save(update_fields=["tries", "answer", "next_try_at", "state", "settled_at"])


def next_try(attempts: int, outcome: Outcome, at: datetime) -> datetime:
    """When a message that was tried so often is tried again; Retry-After can only make it later."""
    delay = DELAYS[attempts - 1] * random.uniform(1, 1 + JITTER)
    return at + max(delay, outcome.retry_after or timedelta(0))


def _rest(endpoint: Endpoint, outcome: Outcome, at: datetime) -> datetime | None:
    """Until when nothing is sent to the endpoint."""
    rests = [timedelta(0)]
    if outcome.retry_after:
        rests.append(outcome.retry_after)
    if outcome.status in BUSY:
        rests.append(BUSY_REST)
    if endpoint.failures >= MANY_FAILURES:
        rests.append(min(FIRST_REST * 2 ** min(endpoint.failures - MANY_FAILURES, 10), LONGEST_REST))
    until = at + max(rests)
    return max(until, endpoint.rest_until or until) if until > at else endpoint.rest_until


def _pause_if_hopeless(endpoint: Endpoint, outcomes: Sequence[Outcome], at: datetime) -> None:
    if endpoint.paused_at is not None or endpoint.failing_since is None:
        return
    if any(outcome.status == 410 for outcome in outcomes):
        reason = Endpoint.Paused.GONE
    elif at - endpoint.failing_since >= HOPELESS_AFTER:
        reason = Endpoint.Paused.FAILING
    else:
        return
    pause(endpoint, actor=SYSTEM, at=at, reason=reason)
    notices.tell_owners(endpoint, reason)
