"""What becomes of a redemption after it was taken: used, undone, cancelled, lapsed, given back."""

from __future__ import annotations

from datetime import datetime

from loyalty.models import Redemption
from staff.actors import Actor

__all__ = ["CannotUse", "cancel", "give_back", "lapse", "unuse", "use"]


class CannotUse(Exception):
    """It can't be done as the redemption stands. `code`: used, cancelled, lapsed, returned, ready, unknown; the message
    is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def use(
    redemption_id: int, *, actor: Actor, key: str, at: datetime, order_id: int | None = None,
    used_minor: int | None = None, used_by: str = "",
) -> Redemption:  # fmt: skip
    """Use it: its points are captured. Raises CannotUse. The same key again answers the same."""
    raise NotImplementedError


def unuse(redemption_id: int, *, actor: Actor, key: str, at: datetime) -> Redemption:
    """Undo a use at the till: it is ready again, its points set aside. Raises CannotUse."""
    raise NotImplementedError


def cancel(redemption_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Redemption:
    """Cancel one that is not used; the points return to their lots. Raises CannotUse."""
    raise NotImplementedError


def lapse(redemption_id: int, *, at: datetime) -> Redemption:
    """Let one go whose time is over; the points return to their lots."""
    raise NotImplementedError


def give_back(redemption_id: int, *, reason: str, actor: Actor, key: str, at: datetime) -> Redemption:
    """Return the points of a used one; it is returned, not ready again. Raises CannotUse."""
    raise NotImplementedError
