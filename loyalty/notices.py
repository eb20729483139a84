"""No notice, no expiry: members are told 60, 30 and 3 days before points go, and the proof is kept. docs/expiry.md

Planning (alarm "lots") writes the notices, by SQL alone; the alarm "notices" sends them. A notice is claimed and
committed before its mail goes out, and settled after: a worker that dies in between sends that one mail again, later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from customers.events import Happened, record, subscribe
from loyalty import programme
from loyalty.ledger_calls import ALARM as LOTS_ALARM
from loyalty.ledger_calls import to_json
from loyalty.models import Notice
from loyalty.notice_mail import MailServerTrouble, Outcome, Post
from loyalty.standing import Due
from tenants import alarms

__all__ = ["ALARM", "Due", "MailServerTrouble", "expiring", "plan"]

ALARM = "notices"
EVENT = "points.expiring"
DEFAULT_STEPS = (60, 30, 3)
LOTS, NOTICES, MAILS = 2000, 2000, 100  # in one run
# A claimed notice nobody else sends; a mail refused for now is tried again later and later, then given up.
CLAIMED_FOR = timedelta(minutes=15)
AGAIN_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))

# When what a member has can really go: as promised, or, before that, as the notices that stand will promise.
EXPIRING = """
SELECT sum(remaining)::bigint, ends FROM (
    SELECT l.remaining, coalesce(l.may_expire_at, greatest(l.expires_at, (
        SELECT max(loyalty_end_told(
            n.expires_at, coalesce(n.settled_at, greatest(n.due_at, %(at)s)), n.days_before, %(zone)s
        ))
        FROM loyalty_notice n
        WHERE n.customer_id = l.customer_id AND n.expires_at = l.expires_at AND n.state <> 'needless'
    ))) AS ends
    FROM loyalty_lot l
    WHERE l.customer_id = %(customer)s AND l.remaining > 0 AND l.state = 'active' AND l.expires_at IS NOT NULL
) lot GROUP BY ends ORDER BY ends
"""


def expiring(customer_id: int, *, at: datetime) -> list[Due]:
    """When the member's available points expire, the first first, by the moment they can really go. One query."""
    with connection.cursor() as cursor:
        zone = programme.shop_time_zone().key
        cursor.execute(EXPIRING, {"customer": customer_id, "zone": zone, "at": at})
        return [Due(points, ends) for points, ends in cursor.fetchall()]


# ── Planning ────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def plan(*, at: datetime, limit: int = LOTS) -> int:
    """Write the notices about `limit` lots whose expiry comes near; tell how many lots were looked at."""
    version = programme.in_force(at)
    steps = version.terms.notices if version else ()
    with connection.cursor() as cursor:
        zone = programme.shop_time_zone().key
        cursor.execute(
            "SELECT loyalty_plan_notices(%s, %s, %s, %s)", [at, zone, sorted(set(steps or DEFAULT_STEPS)), limit]
        )
        looked_at = int(cursor.fetchone()[0])
    if looked_at and (first := due()):
        alarms.ring(ALARM, first)
    return looked_at


# ── Sending ─────────────────────────────────────────────────────────────────────────────────────────


def due() -> datetime | None:
    """When the next notice is to be sent, or tried again."""
    waiting = Notice.objects.filter(due_at__isnull=False).order_by("due_at")
    return waiting.values_list("due_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that is ours to settle."""

    id: int
    customer_id: int
    expires_at: datetime
    days_before: int
    points: int  # what is there to expire now
    address: str
    language: str
    the_end: datetime  # when these points may go if this notice is given now
    attempts: int  # this one included


@alarms.handler(ALARM, due=due)
def run(at: datetime) -> None:
    """Take the notices whose time has come: settle those that need no mail at once, then send at most `MAILS`.

    A mail server that is out of reach is nobody's address: what is left goes back, and the alarm clock tries again. So
    nothing expires while mails cannot be sent.
    """
    mails = claim(at=at)
    if mails:
        _send(mails, at)


@transaction.atomic
def claim(*, at: datetime) -> list[Claimed]:
    """Claim a batch. Those without points left, or without an address, are settled; the others are ours to send."""
    zone = programme.shop_time_zone().key
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM loyalty_claim_notices(%s, %s, %s, %s, %s)", [at, at + CLAIMED_FOR, zone, NOTICES, MAILS]
        )
        taken = [Claimed(*row) for row in cursor.fetchall()]
    needless = [(c, Outcome(Notice.State.NEEDLESS)) for c in taken if not c.points]
    portal = Outcome(Notice.State.UNREACHABLE, {"channel": "portal", "problem": "no address"})
    unreachable = [(c, portal) for c in taken if c.points and not c.address]
    settle([*needless, *unreachable], at=at)
    return [c for c in taken if c.points and c.address]


def _send(mails: Sequence[Claimed], at: datetime) -> None:
    with Post(connection.tenant, programme.shop_time_zone()) as post:
        for place, claimed in enumerate(mails):
            try:
                outcome = post.send(claimed.address, claimed.language, Due(claimed.points, claimed.the_end))
            except MailServerTrouble:
                _give_back([c.id for c in mails[place:]])
                raise
            if outcome.state == Notice.State.DUE and claimed.attempts <= len(AGAIN_AFTER):
                _try_again(claimed, outcome, at)
            else:
                tried = Notice.State.ATTEMPTED if outcome.state == Notice.State.DUE else outcome.state
                settle([(claimed, Outcome(tried, outcome.proof))], at=at)


def _try_again(claimed: Claimed, outcome: Outcome, at: datetime) -> None:
    again = at + AGAIN_AFTER[claimed.attempts - 1]
    Notice.objects.filter(pk=claimed.id, due_at__isnull=False).update(due_at=again, proof=outcome.proof)


def _give_back(ids: Sequence[int]) -> None:
    """Not tried: the mail server's trouble counts as no attempt."""
    Notice.objects.filter(pk__in=ids, due_at__isnull=False).update(attempts=F("attempts") - 1)


@transaction.atomic
def settle(ended: Sequence[tuple[Claimed, Outcome]], *, at: datetime) -> None:
    """Note how these notices ended, let the points go then and tell of it. What was settled before stays as it is."""
    if not ended:
        return
    command = [{"id": c.id, "state": outcome.state, "points": c.points, "proof": outcome.proof} for c, outcome in ended]
    with connection.cursor() as cursor:
        zone = programme.shop_time_zone().key
        cursor.execute("SELECT loyalty_settle_notices(%s, %s, %s)", [to_json(command), at, zone])
        settled = {number for (number,) in cursor.fetchall()}
    record([_told(c, outcome, at) for c, outcome in ended if c.id in settled and c.points], at=at)
    if settled:
        alarms.ring(LOTS_ALARM, min(c.the_end for c, _ in ended))


def _told(claimed: Claimed, outcome: Outcome, at: datetime) -> Happened:
    data: dict[str, Any] = {
        "points": claimed.points,
        "expires_at": claimed.the_end.isoformat(),
        "days_before": claimed.days_before,
        "notice": outcome.state,
        "channel": outcome.proof.get("channel", ""),
    }
    return Happened(EVENT, at, customer_id=claimed.customer_id, subject_id=claimed.id, data=data)


@subscribe("customer.erased", name="loyalty.notices")
def forget(happened: Sequence[Happened], at: datetime) -> None:
    """The proof loses its addresses; that there were notices, and when, stays."""
    Notice.objects.filter(customer__in=[h.customer_id for h in happened]).update(proof={})
