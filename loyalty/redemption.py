"""Taking a reward: points are held, a code is issued. What becomes of it is in using.py; see docs/redemption.md."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from loyalty.models import Redemption
from loyalty.using import CannotUse, cancel, give_back, lapse, unuse, use
from staff.actors import Actor

__all__ = [
    "CannotRedeem", "CannotUse", "Where", "by_code", "cancel", "give_back", "grant", "lapse", "of_member", "redeem",
    "unuse", "use",
]  # fmt: skip

Where = Literal["store", "till"]


class CannotRedeem(Exception):
    """The reward can't be had. `code`: unknown_reward, inactive, not_yet, over, sold_out, limit, tier, step, where,
    given_only; the message is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def redeem(
    customer_id: int, reward_key: str, *, points: int | None = None, origin: str = "points", store: str = "",
    where: Where = "store", key: str, at: datetime, actor: Actor,
) -> Redemption:  # fmt: skip
    """Take a reward for points, which are held, with a code. `points` only where the reward is variable.

    Raises CannotRedeem, ledger.NotEnoughPoints, ledger.KeyReused. The same key again answers the same redemption.
    """
    raise NotImplementedError


def grant(customer_id: int, reward_key: str, *, origin: str, key: str, at: datetime, actor: Actor) -> Redemption:
    """Give a reward without points: a full stamp card, a tier, a birthday, staff. Stock, limits, tiers and times do not
    refuse it, for it was earned. Raises CannotRedeem("unknown_reward"), ledger.KeyReused.
    """
    raise NotImplementedError


def by_code(text: str) -> Redemption | None:
    """The redemption of a code that somebody shows, however typed; with its customer."""
    raise NotImplementedError


def of_member(customer_id: int, *, states: Collection[str] | None = None) -> list[Redemption]:
    """The member's redemptions, newest first; at most 200."""
    raise NotImplementedError
