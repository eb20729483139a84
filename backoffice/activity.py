"""What happened last with points in the whole shop, for the home page."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.told import ICONS
from customers.models import Customer
from loyalty.models import MEMBER_ACCOUNTS, Entry, Journal

SHOWN = 8
# Of one journal at most four entries are the member's own.
ENTRIES_READ = SHOWN * 4


@dataclass(frozen=True, slots=True)
class Happening:
    """One journal of one member, short."""

    journal: Journal
    customer: Customer
    icon: str
    tone: str
    points: int


def latest() -> list[Happening]:
    """The latest journals that gave or took points, newest first. One query."""
    entries = Entry.objects.filter(account__in=MEMBER_ACCOUNTS).select_related("journal__order", "customer")
    by_journal: dict[int, list[Entry]] = {}
    for entry in entries.order_by("-pk")[:ENTRIES_READ]:
        by_journal.setdefault(entry.journal_id, []).append(entry)
    happenings = [_happening(found) for found in by_journal.values()]
    return [happening for happening in happenings if happening.points][:SHOWN]


def _happening(entries: list[Entry]) -> Happening:
    journal, customer = entries[0].journal, entries[0].customer
    assert customer is not None
    icon, tone = ICONS[Journal.Kind(journal.kind)]
    return Happening(journal, customer, icon, tone, sum(entry.points for entry in entries))
