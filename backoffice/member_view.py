"""What the page of one member shows besides points: the tier and the way to the next, cards, codes, mergings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.redemption_words import TONES
from config import formatting
from customers.models import Customer
from customers.unmerging import mergings_of
from loyalty import redemption, stamps, tiers
from loyalty.codes import spaced
from loyalty.models import Redemption
from loyalty.names import in_language
from loyalty.stamps import CardStanding
from loyalty.tiers import TierStanding

CODES = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """A tier and the way to the next one, in words and numbers."""

    name: str  # empty: below the first
    kept: str  # until when it is kept
    way: str  # what is missing for the next one; empty on the highest
    percent: int


@dataclass(frozen=True, slots=True)
class Code:
    """A reward that the member has taken."""

    name: str
    code: str
    tone: str
    state: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """Somebody who became part of this member."""

    gone: int
    name: str
    at: datetime


def progress_of(customer: Customer, currency: str, *, at: datetime) -> Progress | None:
    """The member's tier; None where the programme has none."""
    standing = tiers.standing(customer.pk, at=at)
    if not standing.metric:
        return None
    name = standing.tier.label if standing.tier else ""
    kept = _("until {day} at least").format(day=formatting.day(standing.until)) if name and standing.until else ""
    return Progress(name, kept, _way(standing, currency), round(standing.share * 100))


def _way(standing: TierStanding, currency: str) -> str:
    if standing.next is None:
        return ""
    return _("{missing} more for {tier}").format(
        missing=amount(standing.metric, standing.missing, currency), tier=standing.next.label
    )


def amount(metric: str, number: int, currency: str) -> str:
    """So much of what tiers are measured by, in words."""
    if metric == "spend":
        return formatting.money(number, currency)
    words = {
        "points": ngettext("{count} point", "{count} points", number),
        "orders": ngettext("{count} order", "{count} orders", number),
        "visits": ngettext("{count} visit", "{count} visits", number),
    }[metric]
    return words.format(count=formatting.count(number))


def cards_of(customer: Customer, *, at: datetime) -> list[CardStanding]:
    """The cards that the member could fill, and those with stamps."""
    return stamps.cards(customer.pk, at=at)


def codes_of(customer: Customer) -> list[Code]:
    """The latest rewards taken, those that can be used first."""
    found = sorted(redemption.of_member(customer.pk)[:50], key=lambda r: r.state != Redemption.State.READY)
    return [
        Code(
            in_language(one.terms.get("name", {})), spaced(one.code), TONES[one.state],
            str(one.get_state_display()), one.valid_until,
        )
        for one in found[:CODES]
    ]  # fmt: skip


def merged_into(customer: Customer) -> list[Merged]:
    """Who became part of this member and can be parted again."""
    return [
        Merged(event.subject_id or 0, _name(event.data["moved"]["gone"]), event.at) for event in mergings_of(customer)
    ]


def _name(gone: dict[str, str]) -> str:
    return gone.get("name") or gone.get("email") or gone.get("phone") or gone["card_code"]
