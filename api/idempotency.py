"""Carrying a call out once, however often it is sent with the same Idempotency-Key.

The effect and the stored answer are one transaction, so no crash can leave the one without the other. Meanwhile the
transaction holds an advisory lock on the key: who asks at the same time is told to wait (409), and after a crash the
lock is gone with the transaction. Only answers of calls that took effect are kept: a refused call changed nothing,
may be mended, and sent again under its key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from api.calling import Answer, Call
from api.models import IdempotentCall
from config import encryption, failpoints
from config.problems import Refused
from tenants.alarms import handler

KEPT_FOR = timedelta(hours=24)
PRUNED_EVERY = timedelta(hours=1)  # so that not every call is an alarm of its own
BATCH = 5_000
LONGEST = 255
ALARM = "api.calls"

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/api/' || %s || '/' || %s, 0))"
KEEP = """
WITH kept AS (
    INSERT INTO api_idempotentcall (api_key_id, key, fingerprint, status, headers, body, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
)
SELECT public.ring_alarm(current_schema(), %s, %s)
"""


class Stored(Answer):
    """An answer that was given before, byte for byte."""

    @classmethod
    def of(cls, call: IdempotentCall) -> Stored:
        """The answer to repeat."""
        stored = cls(None, call.status, {**call.headers, "Idempotency-Replayed": "true"})
        stored.__dict__["body"] = encryption.decrypt(call.body).encode()  # in place of the cached property
        return stored


def check_key(text: str | None, *, required: bool) -> None:
    """Refuse (400) a key that is missing where it must not be, or is none."""
    if text is None and required:
        _refuse("idempotency_key_missing", "is required: choose a new one for each new act, and keep it when you retry")
    if text is not None and not (
        0 < len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text
    ):
        _refuse("idempotency_key_malformed", f"must be 1 to {LONGEST} visible ASCII characters")


def carry_out(call: Call, run: Callable[[], Answer]) -> Answer:
    """Run it in a transaction, once for each Idempotency-Key. A test key's effects are rolled back, its answer kept."""
    with transaction.atomic():
        if call.idempotency_key and (earlier := _earlier(call)):
            return earlier
        with transaction.atomic():
            answer = run()
            if call.key.test:
                transaction.set_rollback(True)
        failpoints.reach("api.carried_out")
        if call.idempotency_key:
            _keep(call, answer)
    failpoints.reach("api.committed")
    return answer


def _earlier(call: Call) -> Answer | None:
    """The answer to repeat; None for a key that is new, and locked from here on. Refuses a call in flight (409)."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(call.key.pk), call.idempotency_key])
        if not cursor.fetchone()[0]:
            raise Refused(
                409, "in_flight", "A call with this Idempotency-Key is being carried out at this moment.",
                headers={"Retry-After": "1"},
            )  # fmt: skip
    earlier = IdempotentCall.objects.filter(api_key=call.key, key=call.idempotency_key).first()
    if earlier is None:
        return None
    if bytes(earlier.fingerprint) != _fingerprint(call):
        raise Refused(
            422, "idempotency_key_reused", "This Idempotency-Key was used for another call. Choose a new one.",
            errors=[("Idempotency-Key", "was used for another method, address or body")],
        )  # fmt: skip
    return Stored.of(earlier)


def _keep(call: Call, answer: Answer) -> None:
    row: list[Any] = [
        call.key.pk, call.idempotency_key, _fingerprint(call), answer.status, json.dumps(dict(answer.headers)),
        encryption.encrypt(answer.body.decode()), call.at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [*row, ALARM, call.at + KEPT_FOR + PRUNED_EVERY])


def _fingerprint(call: Call) -> bytes:
    target = f"{call.request.method} {call.request.get_full_path()}\n".encode()
    return hashlib.sha256(target + call.raw).digest()


def _refuse(code: str, message: str) -> None:
    raise Refused(400, code, f"The header Idempotency-Key {message}.", errors=[("Idempotency-Key", message)])


def _due() -> datetime | None:
    oldest: datetime | None = IdempotentCall.objects.aggregate(oldest=Min("created_at"))["oldest"]
    return oldest and oldest + KEPT_FOR + PRUNED_EVERY


@handler(ALARM, due=_due)
def prune(at: datetime) -> None:
    """Forget answers of calls that are older than a day."""
    old = IdempotentCall.objects.filter(created_at__lte=at - KEPT_FOR).order_by("created_at")
    IdempotentCall.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
