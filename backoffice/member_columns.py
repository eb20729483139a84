"""Columns of the list of members: each person chooses which they see. Who it is comes first, always."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

COLUMNS = {
    "contact": _("Contact"),
    "tier": _("Tier"),
    "joined": _("Joined"),
    "seen": _("Last seen"),
    "last_order": _("Last order"),
    "orders": _("Orders"),
    "spent": _("Spent"),
    "points": _("Points"),
}
FIRST = ("contact", "tier", "last_order", "points")  # what is shown before anybody has chosen
# The column that tells by what a list is sorted: it is shown whatever was chosen.
OF_SORT = {"points": "points", "last_order": "last_order", "joined": "joined", "spent": "spent", "orders": "orders",
           "seen": "seen"}  # fmt: skip


def shown(chosen: Iterable[str] | None, *, sort: str, tiers: bool) -> frozenset[str]:
    """The columns to show in a list of that order. `tiers`: whether the programme has any."""
    wanted = {*(FIRST if chosen is None else chosen), OF_SORT.get(sort, "")}
    return frozenset(name for name in COLUMNS if name in wanted and (tiers or name != "tier"))
