"""When points expire, as a member wants to know it: one line for all that go at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from loyalty.standing import LotLine


@dataclass(frozen=True, slots=True)
class Expiry:
    """Points that expire together; `pending` of them cannot be used yet. `at` None: never."""

    at: datetime | None
    points: int
    pending: int


def by_expiry(lots: Iterable[LotLine]) -> list[Expiry]:
    """Sums by moment, in the order of the lots: first to expire first."""
    return [_sum(at, list(group)) for at, group in groupby(lots, key=lambda lot: lot.expires_at)]


def _sum(at: datetime | None, lots: list[LotLine]) -> Expiry:
    pending = sum(lot.remaining for lot in lots if lot.state == "pending")
    return Expiry(at, sum(lot.remaining for lot in lots), pending)
