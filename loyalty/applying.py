"""By which rules an order earns: the version in force when it was placed or, before the first, what was backdated."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from customers.products import Placed
from loyalty.models import Backdating, ProgrammeVersion


class Applying(NamedTuple):
    """The version by which an order earns; `given_at` when that is only since the merchant gave points for the past."""

    version: ProgrammeVersion | None
    given_at: datetime | None = None


class RuleBook:
    """All versions and, read only when an order asks for them, the rules for the past. For one batch of orders."""

    def __init__(self) -> None:
        self._versions = list(ProgrammeVersion.objects.order_by("-in_force_from", "-number"))

    @cached_property
    def _past(self) -> list[Backdating]:
        states = [Backdating.State.GIVING, Backdating.State.GIVEN]
        found = Backdating.objects.filter(kind=Backdating.Kind.ORDERS, state__in=states)
        return list(found.select_related("programme_version"))

    def applying(self, order: Placed) -> Applying:
        """The rules for this order; no version where none applies. Hold the order's lock, so that it stays true."""
        placed_at = order.placed_at or order.paid_at
        if placed_at is None or not self._versions:
            return Applying(None)
        version = next((v for v in self._versions if v.in_force_from <= placed_at), None)
        if version is not None:
            return Applying(version)
        past = next((p for p in self._past if _covers(p, order.source, placed_at)), None)
        return Applying(past.programme_version, past.given_at) if past else Applying(None)


def _covers(past: Backdating, source: str, placed_at: datetime) -> bool:
    return past.source == source and placed_at < past.until and (past.since is None or past.since <= placed_at)
