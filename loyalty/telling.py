"""News of the ledger for those outside it: one `points.changed` for each journal, and only while anybody listens.

Whether anybody does is asked in the statement that posts (`HEARD`), so that a shop without listeners pays for a look at
a table of a few rows and nothing else. The news is told in the transaction of the posting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events import Happened, is_heard, tell
from loyalty.models import MEMBER_ACCOUNTS, Journal

CHANGED = "points.changed"
UNDONE = "points.undone"  # told inside alone, with the journal that was undone: tiers may stand on it


def heard() -> str:
    """SQL that is true while anybody listens."""
    return is_heard(CHANGED)


@transaction.atomic
def tell_of(journals: Sequence[int], *, at: datetime) -> None:
    """Tell what these journals did to their members' points."""
    found = Journal.objects.filter(pk__in=journals).select_related("order").prefetch_related("entries").order_by("id")
    tell(
        [
            Happened(CHANGED, journal.effective_at, journal.customer_id, journal.pk, _described(journal))
            for journal in found
        ],
        at=at,
    )


def tell_of_one(journal: int, *, at: datetime) -> None:
    """Tell of a journal, and before it of the points that became available or expired as it was posted."""
    posted = Journal.objects.filter(pk=journal).values_list("customer_id")
    settled = Journal.objects.filter(customer__in=posted, pk__lt=journal, recorded_at=at, kind__in=["mature", "expire"])
    tell_of([*settled.values_list("pk", flat=True), journal], at=at)


def tell_undone(journals: Sequence[int], *, at: datetime) -> None:
    """Tell that these journals were undone. Call in the transaction that did it."""
    tell([Happened(UNDONE, at, subject_id=journal) for journal in journals], at=at)


@transaction.atomic
def telling(kind: str, sweep: Callable[[], int], *, at: datetime) -> int:
    """Run a sweep that writes journals of this kind without naming them, and tell of them."""
    newest = Journal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    done = sweep()
    if done:
        tell_of(
            list(Journal.objects.filter(pk__gt=newest, kind=kind, recorded_at=at).values_list("pk", flat=True)), at=at
        )
    return done


def _described(journal: Journal) -> dict[str, Any]:
    entries = [entry for entry in journal.entries.all() if entry.account in MEMBER_ACCOUNTS]
    order = journal.order
    return {
        "journal": journal.pk,
        "kind": journal.kind,
        "points": sum(entry.points for entry in entries),
        "changes": [
            {"account": entry.account, "points": entry.points, "balance": entry.balance_after}
            for entry in sorted(entries, key=lambda entry: entry.version or 0)
        ],
        "reason": journal.reason,
        "order": order and {"id": order.pk, "source": order.source, "external_id": order.external_id},
    }
