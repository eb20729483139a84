"""What happened last with points in the whole shop, for the home page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from backoffice.told import ICONS
from customers.models import Customer
from loyalty.models import MEMBER_ACCOUNTS, Entry, Journal

SHOWN = 8
# What gives or takes points; maturing and setting aside only move them.
TELLING = (
    Journal.Kind.EARN,
    Journal.Kind.CLAW_BACK,
    Journal.Kind.ADJUST,
    Journal.Kind.EXPIRE,
    Journal.Kind.CAPTURE,
    Journal.Kind.REVERSE,
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One journal of one member, short."""

    journal: Journal
    customer: Customer
    icon: str
    tone: str
    points: int


def latest() -> list[Happening]:
    """The latest journals that gave or took points, newest first. Two queries."""
    own = Entry.objects.filter(account__in=MEMBER_ACCOUNTS).select_related("customer")
    journals = Journal.objects.filter(kind__in=TELLING).select_related("order").order_by("-pk")[:SHOWN]
    return [_happening(journal) for journal in journals.prefetch_related(Prefetch("entries", own))]


def _happening(journal: Journal) -> Happening:
    entries = list(journal.entries.all())
    customer = entries[0].customer
    assert customer is not None
    icon, tone = ICONS[Journal.Kind(journal.kind)]
    return Happening(journal, customer, icon, tone, sum(entry.points for entry in entries))
