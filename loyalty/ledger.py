"""The only door to the points ledger. Each verb is one function in the database (loyalty/sql) and one round trip.

Every command carries a key: the same key again returns what was done the first time, and another command under that
key is KeyReused. Points are whole and positive; `at` is the present moment. See docs/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from loyalty import merging, programme, telling
from loyalty.ledger_calls import (
    LOOK_AHEAD,
    MOST_POINTS,
    Command,
    carry_out,
    carry_out_all,
    check_amount,
    command_of,
    fetch,
)
from loyalty.ledger_errors import (
    AlreadyResolved,
    KeyReused,
    LedgerError,
    NotEnoughPoints,
    NotReversible,
    UnknownJournal,
    WrongAmount,
)
from loyalty.models import Journal
from staff import audit
from staff.actors import Actor

__all__ = [
    "AlreadyResolved", "ClawBack", "Earn", "KeyReused", "LedgerError", "NotEnoughPoints", "NotReversible", "Posted",
    "UnknownJournal", "WrongAmount", "adjust", "capture", "claw_back", "earn", "expire", "hold", "lock", "mature",
    "next_due", "reverse", "void",
]  # fmt: skip

AsProgramme = Literal["as_programme"]


@dataclass(frozen=True, slots=True)
class Earn:
    """Points to issue as one lot: pending until `matures_at` (None or past: available at once)."""

    customer_id: int
    points: int
    key: str
    effective_at: datetime
    matures_at: datetime | None = None
    expires_at: datetime | None = None  # None: never
    order_id: int | None = None
    version_id: int | None = None
    reason: str = ""
    arithmetic: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClawBack:
    """Points of one order to take back."""

    customer_id: int
    points: int
    key: str
    order_id: int
    effective_at: datetime
    version_id: int | None = None
    reason: str = ""
    arithmetic: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a command of a batch came to."""

    journal_id: int
    is_new: bool  # False: the same command had been carried out before


def earn(batch: Sequence[Earn], *, actor: Actor, at: datetime) -> list[Posted]:
    """Issue points; debt is paid from what becomes available. All or nothing, in the order of the batch.

    Raises KeyReused, WrongAmount.
    """
    commands = [
        command_of(
            "earn", customer_id=e.customer_id, points=e.points, actor=actor, key=e.key, reason=e.reason,
            order_id=e.order_id, version_id=e.version_id, arithmetic=e.arithmetic, effective_at=e.effective_at,
            matures_at=e.matures_at, expires_at=e.expires_at,
        )
        for e in batch
    ]  # fmt: skip
    due = min(filter(None, (_looked_at(e, at) for e in batch)), default=None)
    return [Posted(*answer) for answer in carry_out_all("loyalty_earn", commands, at=at, due=due)]


def _looked_at(earned: Earn, at: datetime) -> datetime | None:
    """When the alarm must look at the lot for the first time: as it matures, or before the first notice about it."""
    if earned.matures_at and earned.matures_at > at:
        return earned.matures_at
    return earned.expires_at - LOOK_AHEAD if earned.expires_at else None


def claw_back(batch: Sequence[ClawBack], *, actor: Actor, at: datetime) -> list[Posted]:
    """Take back points of orders: from the order's own lots, then from others, and what is gone becomes debt.

    Raises KeyReused, WrongAmount.
    """
    commands = [
        command_of(
            "claw_back", customer_id=c.customer_id, points=c.points, actor=actor, key=c.key, reason=c.reason,
            order_id=c.order_id, version_id=c.version_id, arithmetic=c.arithmetic, effective_at=c.effective_at,
        )
        for c in batch
    ]  # fmt: skip
    return [Posted(*answer) for answer in carry_out_all("loyalty_claw_back", commands, at=at)]


def lock(customer_ids: Iterable[int]) -> None:
    """Lock these members' balances until the transaction ends, in ascending order. For callers of several verbs."""
    fetch("SELECT loyalty_lock(%s::bigint[])", [list(set(customer_ids))])


def mature(*, at: datetime, limit: int = 500) -> int:
    """Make about `limit` lots available whose time has come; tell how many. Members busy elsewhere are left out."""
    return _swept("mature", at, limit)


def expire(*, at: datetime, limit: int = 500) -> int:
    """Expire about `limit` lots whose notices are done and whose time has come; tell how many.

    Members busy elsewhere are left out.
    """
    return _swept("expire", at, limit)


def _swept(kind: str, at: datetime, limit: int) -> int:
    def sweep() -> int:
        return int(fetch(f"SELECT loyalty_{kind}(%s, %s)", [at, limit])[0])

    return telling.telling(kind, sweep, at=at) if fetch(f"SELECT {telling.heard()}")[0] else sweep()


def next_due() -> datetime | None:
    """When a lot next matures, is looked at for its notices, or may expire; None when none ever will."""
    due: datetime | None = fetch(
        "SELECT least((SELECT min(matures_at) FROM loyalty_lot WHERE state = 'pending' AND remaining > 0),"
        " (SELECT min(may_expire_at) FROM loyalty_lot WHERE state = 'active' AND remaining > 0),"
        " (SELECT loyalty_look_at(min(expires_at)) FROM loyalty_lot"
        " WHERE state = 'active' AND remaining > 0 AND NOT notices_planned AND expires_at IS NOT NULL))"
    )[0]
    return due


@transaction.atomic
def hold(
    customer_id: int, points: int, *, reason: str, actor: Actor, key: str, at: datetime, order_id: int | None = None
) -> Journal:
    """Set points aside for a reward, from the lots that expire first.

    Raises NotEnoughPoints, KeyReused, WrongAmount.
    """
    check_amount(points)
    command = command_of(
        "hold", customer_id=customer_id, points=points, actor=actor, key=key, reason=reason, order_id=order_id
    )
    return carry_out("loyalty_hold(%s, %s)", command, at=at)[0]


@transaction.atomic
def capture(
    hold_id: int, *, actor: Actor, key: str, at: datetime, points: int | None = None, reason: str = ""
) -> Journal:
    """Use a hold, or `points` of it: the rest returns to its lots.

    Raises AlreadyResolved, NotEnoughPoints, UnknownJournal, KeyReused, WrongAmount.
    """
    if points is not None:
        check_amount(points)
    command = command_of("capture", points=points, actor=actor, key=key, reason=reason, resolves_id=hold_id)
    return _carry_out("loyalty_resolve('capture', %s, %s)", command, at=at)[0]


@transaction.atomic
def void(hold_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Journal:
    """Return a hold to its lots; what has expired meanwhile expires at once.

    Raises AlreadyResolved, UnknownJournal, KeyReused.
    """
    command = command_of("void", points=0, actor=actor, key=key, reason=reason, resolves_id=hold_id)
    return _carry_out("loyalty_resolve('void', %s, %s)", command, at=at)[0]


@transaction.atomic
def adjust(
    customer_id: int,
    points: int,
    *,
    reason: str,
    actor: Actor,
    key: str,
    at: datetime,
    expires_at: datetime | AsProgramme | None = "as_programme",
) -> Journal:
    """Give points (positive) or take them (negative) by hand, with a reason. Points given expire as the programme's do.

    Raises NotEnoughPoints, KeyReused, WrongAmount.
    """
    check_amount(points, least=-MOST_POINTS)
    if expires_at == "as_programme":
        expires_at = programme.expiry_of_points_given(at) if points > 0 else None
    command = command_of(
        "adjust", customer_id=customer_id, points=points, actor=actor, key=key, reason=reason, expires_at=expires_at
    )
    journal, is_new = _carry_out("loyalty_adjust(%s, %s)", command, at=at)
    if is_new:
        _write_trail("points.adjusted", journal, points, actor, at)
    return journal


@transaction.atomic
def reverse(journal_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Journal:
    """Undo an adjustment, a capture or an earning that no order made. Points already gone become debt.

    Raises NotReversible, AlreadyResolved, UnknownJournal, KeyReused.
    """
    command = command_of("reverse", actor=actor, key=key, reason=reason, resolves_id=journal_id)
    journal, is_new = _carry_out("loyalty_reverse(%s, %s)", command, at=at)
    if is_new:
        _write_trail("points.reversed", journal, None, actor, at)
        telling.tell_undone([journal_id], at=at)
    return journal


def _carry_out(call: str, command: Command, *, at: datetime) -> tuple[Journal, bool]:
    """As carry_out. What comes back to a member who was merged or erased meanwhile goes where the rest went."""
    journal, is_new = carry_out(call, command, at=at)
    if is_new and (journal.customer.merged_into_id or journal.customer.erased_at):
        merging.follow(journal, at=at)
    return journal, is_new


def _write_trail(action: str, journal: Journal, points: int | None, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="customer",
        object_id=journal.customer_id,
        object_label=str(journal.customer),
        changes={"points": [None, points]} if points else {"journal": [journal.resolves_id, journal.pk]},
        reason=journal.reason,
    )
