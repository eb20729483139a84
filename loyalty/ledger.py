"""The only door to the points ledger. Each verb is one function in the database (loyalty/sql) and one round trip.

Every command carries a key: the same key again returns what was done the first time, and another command under that
key is KeyReused. Points are whole and positive; `at` is the present moment. See docs/ledger.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from django.db import connection, transaction
from django.db.utils import DatabaseError

from loyalty import programme
from loyalty.ledger_errors import (
    AlreadyResolved,
    KeyReused,
    LedgerError,
    NotEnoughPoints,
    NotReversible,
    UnknownJournal,
    WrongAmount,
    refusal,
    translated,
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
    raise NotImplementedError


def claw_back(batch: Sequence[ClawBack], *, actor: Actor, at: datetime) -> list[Posted]:
    """Take back points of orders: from the order's own lots, then from others, and what is gone becomes debt.

    Raises KeyReused, WrongAmount.
    """
    raise NotImplementedError


def lock(customer_ids: Iterable[int]) -> None:
    """Lock these members' balances until the transaction ends, in ascending order. For callers of several verbs."""
    raise NotImplementedError


def mature(*, at: datetime, limit: int = 500) -> int:
    """Make up to `limit` lots available whose time has come. Returns how many; members busy elsewhere are left out."""
    raise NotImplementedError


def expire(*, at: datetime, limit: int = 500) -> int:
    """Expire up to `limit` lots whose time has come. Returns how many; members busy elsewhere are left out."""
    raise NotImplementedError


def next_due() -> datetime | None:
    """The earliest time at which a lot matures or expires; None when none ever will."""
    raise NotImplementedError


def hold(
    customer_id: int, points: int, *, reason: str, actor: Actor, key: str, at: datetime, order_id: int | None = None
) -> Journal:
    """Set points aside for a reward, from the lots that expire first.

    Raises NotEnoughPoints, KeyReused, WrongAmount.
    """
    raise NotImplementedError


def capture(
    hold_id: int, *, actor: Actor, key: str, at: datetime, points: int | None = None, reason: str = ""
) -> Journal:
    """Use a hold, or `points` of it: the rest returns to its lots.

    Raises AlreadyResolved, NotEnoughPoints, UnknownJournal, KeyReused, WrongAmount.
    """
    raise NotImplementedError


def void(hold_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Journal:
    """Return a hold to its lots; what has expired meanwhile expires at once. Raises AlreadyResolved, UnknownJournal."""
    raise NotImplementedError


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
    raise NotImplementedError


def reverse(journal_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Journal:
    """Undo an adjustment, a capture or an earning that no order made. Points already gone become debt.

    Raises NotReversible, AlreadyResolved, UnknownJournal, KeyReused.
    """
    raise NotImplementedError
