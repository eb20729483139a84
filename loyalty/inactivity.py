"""Expiry by inactivity: an earning, a redemption or a visit postpones all that the member has. See docs/expiry.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from customers.events import Happened, subscribe
from loyalty import programme

# Whether the programme in force counts from the last activity: asked in a statement that is made anyway (%s: now).
COUNTS = "loyalty_counts_from_activity(%s)"

# Locked first, in ascending order, as every verb does; what may expire already is too late to save.
POSTPONE = """
WITH member AS MATERIALIZED (
    SELECT customer_id FROM loyalty_balance WHERE customer_id = ANY (%(members)s) ORDER BY customer_id FOR UPDATE
)
UPDATE loyalty_lot SET expires_at = %(until)s, may_expire_at = NULL, notices_planned = false
WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM member)) AND remaining > 0 AND expires_at < %(until)s
    AND (may_expire_at IS NULL OR may_expire_at > %(at)s)
"""


@transaction.atomic
def postpone(customer_ids: Iterable[int], *, at: datetime) -> int:
    """These members were seen: where the programme in force says so, their lots last as if all were earned now.

    Only ever later, never sooner; lots that never expire stay as they are. Tells how many lots moved. The ledger calls
    it for earnings, holds and captures; whoever knows of a visit without points calls it too.
    """
    version = programme.in_force(at)
    if version is None or version.terms.expiry_by != "inactivity":
        return 0
    until = version.terms.expires_at(at, programme.shop_time_zone())
    if until is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, {"members": sorted(set(customer_ids)), "until": until, "at": at})
        return cursor.rowcount


def _seen(happened: Sequence[Happened], at: datetime) -> None:
    """A visit, a stamp given, a reward used: the member was there, though no points moved."""
    postpone([h.customer_id for h in happened if h.customer_id is not None], at=at)


for kind in ("customer.visited", "stamp.given", "reward.used"):
    subscribe(kind, name="loyalty.inactivity")(_seen)
