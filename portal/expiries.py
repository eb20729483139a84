"""When points expire, as a member wants to know it: one line for all that go at one moment.

Points that can be used are told by loyalty.notices, which knows when they can really go; here are those still on their
way, and those that never expire.
"""

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
    others = [lot for lot in lots if lot.state == "pending" or lot.expires_at is None]
    return [_sum(at, list(group)) for at, group in groupby(others, key=lambda lot: lot.expires_at)]


def _sum(at: datetime | None, lots: list[LotLine]) -> Expiry:
    pending = sum(lot.remaining for lot in lots if lot.state == "pending")
    return Expiry(at, sum(lot.remaining for lot in lots), pending)
