"""The same adjustment for many members at once: one round trip for a batch, one journal for each member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loyalty import telling
from loyalty.ledger_calls import ALARM, MOST_POINTS, check_amount, command_of, fetch, to_json
from loyalty.opening import Opened
from loyalty.programme import expiry_of_points_given
from staff.actors import Actor
from tenants import alarms


@transaction.atomic
def adjust_many(
    members: Sequence[int], points: int, *, reason: str, actor: Actor, key: str, at: datetime
) -> list[Opened]:
    """Give these members points (positive) or take them (negative), each under the key `<key>:<member>`.

    Points given expire as the programme's do. Who has fewer than are to be taken keeps them: no journal. No trail is
    written: whoever calls writes one row for all. Raises KeyReused, WrongAmount.
    """
    if not members:
        return []
    check_amount(points, least=-MOST_POINTS)
    expires_at = expiry_of_points_given(at) if points > 0 else None
    commands = [
        command_of(
            "adjust", customer_id=member, points=points, actor=actor, key=f"{key}:{member}", reason=reason,
            expires_at=expires_at,
        )
        for member in members
    ]  # fmt: skip
    sql = f"SELECT journals, due, {telling.heard()} FROM loyalty_open(%s, false, %s)"  # noqa: S608
    journals, due, heard = fetch(sql, [to_json(commands), at])
    if due:
        alarms.ring(ALARM, due)
    if heard:
        telling.tell_of([journal for journal in journals if journal], at=at)
    return [Opened(journal, points if journal else 0) for journal in journals]
