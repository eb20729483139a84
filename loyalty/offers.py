"""What a member can have now, what is near, and what is not for them yet, with the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loyalty.redemption import Where
from loyalty.reward_rules import Reward

State = Literal["now", "near", "locked", "sold_out", "limit"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One reward as it stands for one member."""

    reward: Reward
    state: State
    missing: int  # points still needed, what is owed included; 0 when there are enough
    share: float  # of the way to it in points, 0 to 1
    why: str  # in words, in the active language; empty when it can be had now
    most_points: int | None  # of a variable reward: the most that this member can put in now


def offers(customer_id: int, *, at: datetime, where: Where | None = None) -> list[Offer]:
    """What the programme offers this member, by the rules in force: what can be had now first, then the nearest."""
    raise NotImplementedError
