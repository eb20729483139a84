"""Taking a merging back: the two are two again, and what moved goes back where it was. See docs/members.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Customer
from staff.actors import Actor


class CannotUnmerge(ValueError):
    """There is no such merging any more, or one of the two was erased or merged on since."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One particular of both, side by side; `result` is what the one who is left will have."""

    field: str
    gone: Any
    left: Any
    result: Any

    @property
    def differs(self) -> bool:
        """Whether both have something, and not the same."""
        return bool(self.gone and self.left) and self.gone != self.left


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What `merge(gone, left)` would do to who they are; points and rewards: loyalty.merging.preview."""

    gone: Customer
    left: Customer
    fields: tuple[Conflict, ...]
    orders: int
    accounts: int  # at stores
    proofs: int  # of addresses
    consents: int


def preview_merge(gone: Customer, left: Customer) -> MergePreview:
    """What merging the first into the second would move. Writes nothing."""
    raise NotImplementedError


def unmerge(gone: Customer, *, actor: Actor, at: datetime, reason: str = "") -> Customer:
    """Make `gone` a customer of their own again, who is returned; record `customer.unmerged`. Call in a transaction.

    Raises CannotUnmerge.
    """
    raise NotImplementedError
