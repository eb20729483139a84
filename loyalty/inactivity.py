"""Expiry by inactivity: any earning, redemption or visit of a member postpones all that the member has. docs/expiry.md"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def postpone(customer_ids: Iterable[int], *, at: datetime) -> int:
    """These members were seen: where the programme in force says so, their lots last as if all were earned now.

    Only ever later, never sooner; lots that never expire stay as they are. Tells how many lots moved. The ledger calls
    it for earnings, holds and captures; whoever knows of a visit without points calls it too.
    """
    raise NotImplementedError
