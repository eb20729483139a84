"""What happened last with points in the whole shop, for the home page."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.told import ICONS, net
from loyalty.models import Journal

SHOWN = 8
RECENT = 60  # journals among which the latest are sought: a store may tell late what happened earlier
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
    icon: str
    tone: str
    points: int


def latest() -> list[Happening]:
    """The latest journals that gave or took points, newest first. Two queries."""
    journals = Journal.objects.filter(kind__in=TELLING).select_related("customer", "order").order_by("-pk")
    recent = journals.prefetch_related("entries")[:RECENT]
    return [_happening(journal) for journal in sorted(recent, key=lambda j: j.effective_at, reverse=True)[:SHOWN]]


def _happening(journal: Journal) -> Happening:
    icon, tone = ICONS[Journal.Kind(journal.kind)]
    return Happening(journal, icon, tone, net(journal.entries.all()))
