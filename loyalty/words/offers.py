"""What a member is offered, in groups under headings that say how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from loyalty.offers import Offer


@dataclass(frozen=True, slots=True)
class Group:
    """Offers of one state under their heading."""

    title: str
    offers: list[Offer]


def groups(found: Iterable[Offer]) -> list[Group]:
    """The offers by state, what can be had now first; no group is empty."""
    titles = {
        "now": _("You can have now"),
        "near": _("Not far any more"),
        "locked": _("Not for you yet"),
        "limit": _("You have had these"),
        "sold_out": _("All gone for now"),
    }
    shown = list(found)
    told = [Group(title, [offer for offer in shown if offer.state == state]) for state, title in titles.items()]
    return [group for group in told if group.offers]
