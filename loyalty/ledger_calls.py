"""How loyalty/ledger.py speaks to the functions in loyalty/sql: commands as JSON, refusals as exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db.utils import DatabaseError

from config.prepared import prepared_row
from loyalty import inactivity, telling
from loyalty.ledger_errors import KeyReused, WrongAmount, refusal, translated
from loyalty.models import Journal
from staff.actors import Actor
from tenants import alarms

Command = dict[str, Any]

# The alarm that matures and expires lots (loyalty/settling.py).
ALARM = "lots"
# How long before its expiry a lot is looked at: longer than any notice goes before (loyalty_look_at says the same).
LOOK_AHEAD = timedelta(days=100)
MOST_POINTS = 10**15  # far above any balance, far below what 64 bits hold
# What shows that the member was there, besides earning: programmes that count from the last activity postpone then.
BY_THE_MEMBER = ("loyalty_hold(%s, %s)", "loyalty_resolve('capture', %s, %s)")
RING = "public.ring_alarm(current_schema(), %s, %s)"


def command_of(
    verb: str,
    *,
    actor: Actor,
    key: str,
    reason: str,
    customer_id: int | None = None,
    points: int | None = None,
    order_id: int | None = None,
    resolves_id: int | None = None,
    **more: Any,
) -> Command:
    """One command as the database reads it. Its fingerprint tells it from another command under the same key."""
    told = f"{verb} {customer_id} {points} {order_id} {resolves_id} {reason}"
    return {
        "customer_id": customer_id,
        "points": points,
        "key": key,
        "fingerprint": sha256(told.encode()).hexdigest(),
        "order_id": order_id,
        "resolves_id": resolves_id,
        "reason": reason[:300],
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name[:200],
        **more,
    }


def check_amount(points: Any, *, least: int = 1) -> None:
    """Raise WrongAmount unless it is a whole number from `least` up, and not zero."""
    if not isinstance(points, int) or isinstance(points, bool) or points == 0 or not least <= points <= MOST_POINTS:
        raise WrongAmount(repr(points))


def carry_out_all(
    function: str, commands: Sequence[Command], *, at: datetime, due: datetime | None = None
) -> list[tuple[int, bool]]:
    """Carry out a batch and ring for `due`, in one round trip. Answers each one's journal and whether it is new."""
    if not commands:
        return []
    for command in commands:
        check_amount(command["points"])
    once = {command["key"]: command for command in reversed(commands)}
    if any(once[command["key"]]["fingerprint"] != command["fingerprint"] for command in commands):
        raise KeyReused("two commands of one batch share a key")
    in_order = [command for command in commands if once[command["key"]] is command]
    active = inactivity.COUNTS if function == "loyalty_earn" else "%s::timestamptz IS NULL"
    sql = f"SELECT journals, are_new, {telling.heard()}, {active} FROM {function}(%s, %s)"  # noqa: S608
    values = [at, to_json(in_order), at]
    if due:
        sql, values = f"{sql}, {RING}", [*values, ALARM, due]
    journals, are_new, heard, postpones = fetch(sql, values)
    if postpones:
        inactivity.postpone([command["customer_id"] for command in in_order], at=at)
    if heard:
        telling.tell_of([journal for journal, is_new in zip(journals, are_new, strict=True) if is_new], at=at)
    if len(in_order) == len(commands):
        return list(zip(journals, are_new, strict=True))
    return _with_repeats(commands, in_order, journals, are_new)


def _with_repeats(
    commands: Sequence[Command], in_order: Sequence[Command], journals: list[int], are_new: list[bool]
) -> list[tuple[int, bool]]:
    """The answers for a batch that names a command twice: the second time it is not new."""
    answers = {id(c): answer for c, answer in zip(in_order, zip(journals, are_new, strict=True), strict=True)}
    by_key = {c["key"]: journal for c, journal in zip(in_order, journals, strict=True)}
    return [answers.get(id(command), (by_key[command["key"]], False)) for command in commands]


def carry_out(call: str, command: Command, *, at: datetime) -> tuple[Journal, bool]:
    """Carry out one command and ring for what it leaves due. Answers its journal and whether it is new."""
    active = inactivity.COUNTS if call in BY_THE_MEMBER else "%s::timestamptz IS NULL"
    sql = f"SELECT journal, is_new, due, problem, {telling.heard()}, {active} FROM {call}"  # noqa: S608
    journal_id, is_new, due, problem, heard, postpones = fetch(sql, [at, to_json(command), at])
    if problem:
        raise refusal(problem, command["key"])
    if due:
        alarms.ring(ALARM, due)
    if heard and is_new:
        telling.tell_of_one(journal_id, at=at)
    journal = Journal.objects.select_related("customer").get(pk=journal_id)
    if postpones and is_new:
        inactivity.postpone([journal.customer_id], at=at)
    return journal, is_new


def fetch(sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row that the statement answers. Refusals that the functions raise become exceptions of the ledger."""
    try:
        return prepared_row(sql, values)
    except DatabaseError as error:
        if (named := translated(error)) is error:
            raise
        raise named from error


def to_json(command: Any) -> str:
    """A command, or a list of them, as the database reads it."""
    return orjson.dumps(command).decode()
