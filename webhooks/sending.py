"""Sending one message: signed for this moment, through the guarded door, with no database at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from config import egress
from webhooks import signing

SECONDS = 15.0  # for all of it; the specification asks for 15 to 30
KEPT_OF_ANSWER = 2000  # characters
LONGEST_REST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Job:
    """A message under way, with all that sending it takes."""

    message: int
    endpoint: int
    attempt: int
    url: str
    message_id: str
    body: bytes
    secrets: list[str] = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: an answer's status, or the reason why there was none (egress.Refused, egress.Unreachable)."""

    status: int | None = None
    error: str = ""
    answer: str = ""
    seconds: float = 0.0
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Only 2xx takes a message; a redirect does not."""
        return self.status is not None and 200 <= self.status < 300


def deliver(job: Job) -> Outcome:
    """Send it and tell what came of it. Raises nothing that an endpoint could cause."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Dangol-Webhooks/1",
        **signing.headers(job.message_id, job.at, job.body, job.secrets),
    }
    try:
        reply = egress.send("POST", job.url, headers=headers, body=job.body, total_seconds=SECONDS)
    except egress.Refused as error:
        return Outcome(error=error.reason)
    except egress.Unreachable as error:
        return Outcome(error=error.reason, seconds=SECONDS if error.reason == "timeout" else 0.0)
    return Outcome(
        status=reply.status,
        answer=_readable(reply.body),
        seconds=round(reply.seconds, 3),
        retry_after=_retry_after(reply.headers, job.at),
    )


def _readable(body: bytes) -> str:
    """The beginning of an answer as text that a database column can hold."""
    return body[: 4 * KEPT_OF_ANSWER].decode("utf-8", errors="replace").replace("\x00", "�")[:KEPT_OF_ANSWER]


def _retry_after(headers: Mapping[str, str], at: datetime) -> timedelta | None:
    """RFC 9110 §10.2.3: seconds, or a date. What is neither is not there; more than a day is a day."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return min(timedelta(seconds=int(told[:9])), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, OverflowError):  # no date, or one of the year 10^20
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - at, timedelta(0)), LONGEST_REST)
