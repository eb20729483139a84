"""How a member stands: balance, what comes and goes next, the way to the next reward, and the history behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.rules import Reward


@dataclass(frozen=True, slots=True)
class Due:
    """Points that become available, or expire, at one moment."""

    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's points, and how far the next reward is."""

    available: int
    pending: int
    held: int
    debt: int
    earned: int  # all points ever earned, less those clawed back
    next_expiry: Due | None
    next_maturity: Due | None
    reward: Reward | None  # the cheapest that is still out of reach
    missing: int  # points still needed for it
    share: float  # of the way to it, 0 to 1
    affordable: tuple[Reward, ...]  # cheapest first


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One journal as its member sees it."""

    journal_id: int
    kind: str
    label: str  # of the kind, in the active language
    points: int  # signed change of what the member has, pending included; 0 when points only moved
    moved: int  # how many points moved within: became available, or were used after being set aside
    changes: dict[str, int]  # by account: available, pending, held, debt
    reason: str
    arithmetic: dict[str, Any]  # for explaining.explain
    order_id: int | None
    order_number: str
    actor_kind: str
    actor_name: str
    at: datetime  # when it happened
    recorded_at: datetime
    balance_after: int  # available − debt
    pending_after: int
    version: int  # pass as `before` to read on
    resolves_id: int | None
    resolved: bool  # a hold that was captured or voided, or a journal that was undone
    matures_at: datetime | None  # of the lot that this journal made
    expires_at: datetime | None
    reversible: bool


@dataclass(frozen=True, slots=True)
class LotLine:
    """Points that will expire together, still unspent."""

    lot_id: int
    state: str  # pending or active
    points: int
    remaining: int
    matures_at: datetime | None
    expires_at: datetime | None
    order_id: int | None
    order_number: str
    effective_at: datetime


def standing(customer_id: int, *, at: datetime) -> Standing:
    """How the member stands at that moment. Two queries."""
    raise NotImplementedError


def history(customer_id: int, *, before: int | None = None, limit: int = 30) -> list[HistoryLine]:
    """The member's journals, newest first; `before` is the `version` of the last line read. Two queries."""
    raise NotImplementedError


def lots(customer_id: int) -> list[LotLine]:
    """Lots with points left, first to expire first."""
    raise NotImplementedError
