"""The alarm "lots": points become available, and expire, when their time has come."""

from __future__ import annotations

from datetime import datetime

from loyalty import ledger
from loyalty.ledger_calls import ALARM
from tenants.alarms import handler


@handler(ALARM, due=ledger.next_due)
def settle(at: datetime) -> None:
    """Mature, then expire, one batch each: a lot may do both on the same day."""
    ledger.mature(at=at)
    ledger.expire(at=at)
