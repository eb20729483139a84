"""Balances that members bring from elsewhere, posted in bulk: the ledger's `adjust` for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loyalty import telling
from loyalty.ledger_calls import ALARM, check_amount, command_of, fetch, to_json
from loyalty.ledger_errors import WrongAmount
from loyalty.models import Journal
from staff.actors import Actor
from tenants import alarms


@dataclass(frozen=True, slots=True)
class Opening:
    """What one member brings; `key` makes it happen once."""

    customer_id: int
    points: int  # 0 and up
    key: str
    expires_at: datetime | None = None  # None: never


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it: the journal (None: nothing had to move) and the points it moved."""

    journal_id: int | None
    moved: int


@transaction.atomic
def open_balances(batch: Sequence[Opening], *, to_set: bool, reason: str, actor: Actor, at: datetime) -> list[Opened]:
    """Give members what they bring, or with `to_set` bring what is available to that number; debt is paid first.

    One for each member of a batch. Raises KeyReused, WrongAmount.
    """
    if not batch:
        return []
    if len({opening.customer_id for opening in batch}) < len(batch):
        raise WrongAmount("two balances for one member")
    for opening in batch:
        if opening.points:
            check_amount(opening.points)
    commands = [
        command_of(
            "adjust", customer_id=o.customer_id, points=o.points, actor=actor, key=o.key, reason=reason,
            expires_at=o.expires_at,
        )
        for o in batch
    ]  # fmt: skip
    sql = f"SELECT journals, moved, due, {telling.heard()} FROM loyalty_open(%s, %s, %s)"  # noqa: S608
    journals, moved, due, heard = fetch(sql, [to_json(commands), to_set, at])
    if due:
        alarms.ring(ALARM, due)
    if heard:
        telling.tell_of([journal for journal in journals if journal], at=at)
    return [Opened(*answer) for answer in zip(journals, moved, strict=True)]


@transaction.atomic
def take_back_balances(journals: Sequence[int], *, reason: str, actor: Actor, at: datetime) -> set[int]:
    """Reverse these journals of opening balances; what was used meanwhile becomes debt.

    Answers those that are reversed now; others were reversed by hand before.
    """
    if not journals:
        return set()
    commands = [
        command_of("reverse", actor=actor, key=f"unopen:{journal}", reason=reason, resolves_id=journal)
        for journal in journals
    ]
    sql = f"SELECT problems, due, {telling.heard()} FROM loyalty_reverse_all(%s, %s)"  # noqa: S608
    problems, due, heard = fetch(sql, [to_json(commands), at])
    if due:
        alarms.ring(ALARM, due)
    if heard:
        telling.tell_of(_reversals(journals, at), at=at)
    reversed_now = {journal for journal, problem in zip(journals, problems, strict=True) if problem is None}
    telling.tell_undone(sorted(reversed_now), at=at)
    return reversed_now


def _reversals(journals: Sequence[int], at: datetime) -> list[int]:
    """The journals that reverse these, written at this moment."""
    return list(Journal.objects.filter(resolves__in=journals, recorded_at=at).values_list("pk", flat=True))
