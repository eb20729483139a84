"""The alarm "lots": points become available, get notices of their expiry, and expire, when their time has come."""

from __future__ import annotations

from datetime import datetime

from loyalty import ledger, notices
from loyalty.ledger_calls import ALARM
from tenants.alarms import handler


@handler(ALARM, due=ledger.next_due)
def settle(at: datetime) -> None:
    """Mature, then expire, then write notices, one batch each: what matured may need its notice on the same day."""
    ledger.mature(at=at)
    ledger.expire(at=at, limit=notices.LOTS)
    notices.plan(at=at)
