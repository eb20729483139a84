"""What became of a redemption, in words: where it came from, how it stands at the store, what happened when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Event
from loyalty.having import name_of
from loyalty.models import ProgrammeVersion, Redemption
from storefront.platforms.interface import MESSAGES

State = Redemption.State
TONES = {"ready": "info", "used": "success", "cancelled": "neutral", "lapsed": "warning", "returned": "neutral"}
# Kind of event: icon, tone, title.
HAPPENED = {
    "reward.redeemed": ("gift", "info", gettext_lazy("Taken")),
    "reward.used": ("circle-check", "success", gettext_lazy("Used")),
    "reward.unused": ("undo-2", "neutral", gettext_lazy("Use undone")),
    "reward.cancelled": ("circle-x", "neutral", gettext_lazy("Cancelled")),
    "reward.lapsed": ("hourglass", "warning", gettext_lazy("Lapsed: not used in time")),
    "reward.returned": ("undo-2", "neutral", gettext_lazy("Given back after use")),
}
ORIGINS = {
    "points": gettext_lazy("For points"),
    "stamps": gettext_lazy("For a full stamp card"),
    "tier": gettext_lazy("For reaching a tier"),
    "birthday": gettext_lazy("For a birthday"),
    "staff": gettext_lazy("Given by the shop"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to it."""

    at: datetime
    icon: str
    tone: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    redemption: Redemption
    name: str
    tone: str
    href: str


def row_of(redemption: Redemption) -> Row:
    """A redemption as the list shows it."""
    href = reverse("backoffice:redemption", args=[redemption.pk])
    return Row(redemption, name_of(redemption), TONES[redemption.state], href)


def origin(redemption: Redemption) -> str:
    """Why the member has it."""
    return str(ORIGINS.get(redemption.origin.partition(":")[0], ORIGINS["points"]))


def problem(redemption: Redemption) -> str:
    """Why the store has not got the code, for staff; empty when nothing is wrong."""
    if not redemption.problem:
        return ""
    code, _colon, detail = redemption.problem.partition(": ")
    words = _(MESSAGES[code]) if code in MESSAGES else code
    return f"{words} ({detail})" if detail else words


def steps(redemption: Redemption) -> Iterator[Step]:
    """Its past, the newest first."""
    past = Event.objects.filter(customer=redemption.customer_id, subject_id=redemption.pk, kind__in=list(HAPPENED))
    for event in past.order_by("-id"):
        icon, tone, title = HAPPENED[event.kind]
        yield Step(event.at, icon, tone, str(title), str(event.data.get("reason", "")))


def known_rewards() -> list[tuple[str, str]]:
    """Key and name of every reward of the latest programme, and of those taken that are in it no more."""
    latest = ProgrammeVersion.objects.order_by("-number").first()
    named = {reward.key: reward.label for reward in latest.terms.rewards} if latest else {}
    return list(named.items())
