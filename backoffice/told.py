"""A journal of the ledger as staff read it: what moved, for whom, why, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from customers.models import Order
from loyalty.explaining import OUTCOMES, explain, outcome
from loyalty.models import MEMBER_ACCOUNTS, Entry, Journal
from staff.wording import ACTORS

ICONS = {
    Journal.Kind.EARN: ("coins", "success"),
    Journal.Kind.MATURE: ("clock-check", "info"),
    Journal.Kind.CLAW_BACK: ("undo-2", "warning"),
    Journal.Kind.ADJUST: ("hand-coins", "primary"),
    Journal.Kind.EXPIRE: ("hourglass", "warning"),
    Journal.Kind.HOLD: ("lock", "neutral"),
    Journal.Kind.CAPTURE: ("gift", "primary"),
    Journal.Kind.VOID: ("rotate-ccw", "neutral"),
    Journal.Kind.REVERSE: ("undo-2", "neutral"),
    Journal.Kind.TRANSFER: ("link", "neutral"),
    Journal.Kind.WRITE_OFF: ("trash-2", "neutral"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One journal in words. `points` is the change of what the member has; `moved` is what only changed its place."""

    journal: Journal
    title: str
    icon: str
    tone: str
    points: int
    moved: int
    reason: str
    why: str
    who: str
    undo: str  # address that takes the POST; empty when there is nothing to undo


def tell(journals: Iterable[Journal]) -> list[Told]:
    """Journals in words; give them with `entries` (and `resolutions`) prefetched."""
    return [_told(journal) for journal in journals]


def of_order(order: Order) -> list[Told]:
    """What the ledger did about one order, the latest first."""
    return tell(Journal.objects.filter(order=order).prefetch_related("entries", "resolutions").order_by("-pk"))


def net(entries: Iterable[Entry]) -> int:
    """The change of what members have."""
    return sum(entry.points for entry in entries if entry.account in MEMBER_ACCOUNTS)


def _told(journal: Journal) -> Told:
    entries = list(journal.entries.all())
    icon, tone = ICONS[Journal.Kind(journal.kind)]
    gained = sum(entry.points for entry in entries if entry.account in MEMBER_ACCOUNTS and entry.points > 0)
    points = net(entries)
    can_be_undone = journal.kind == Journal.Kind.ADJUST and not journal.resolutions.all()
    return Told(
        journal=journal,
        title=journal.get_kind_display(),
        icon=icon,
        tone=tone,
        points=points,
        moved=0 if points else gained,
        reason=outcome(journal.reason) if journal.reason in OUTCOMES else journal.reason,
        why=explain(journal.arithmetic),
        who=_who(journal),
        undo=reverse("backoffice:points_undo", args=[journal.pk]) if can_be_undone else "",
    )


def _who(journal: Journal) -> str:
    """Who did it; nobody is named for what happens by itself."""
    if journal.actor_kind == "system":
        return ""
    return journal.actor_name or str(ACTORS.get(journal.actor_kind, journal.actor_kind))
