"""No notice, no expiry: members are told 60, 30 and 3 days before points go, and the proof is kept. docs/expiry.md"""

from __future__ import annotations

from datetime import datetime

from loyalty.standing import Due

__all__ = ["ALARM", "Due", "expiring"]

ALARM = "notices"


def expiring(customer_id: int, *, at: datetime) -> list[Due]:
    """What the member's available points expire, first to expire first, by the moment they can really go. One query."""
    raise NotImplementedError
