"""Punch cards: so many visits or pieces, and then something free."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from loyalty.earning_rules import LineFilter
from loyalty.names import in_language

BY = {"visit": _("A visit"), "order": _("An order"), "item": _("A piece bought")}


@dataclass(frozen=True, slots=True)
class StampCard:
    """One card. When it is full the member has its reward, and the next card begins."""

    key: str  # stable over versions
    name: dict[str, str]
    stamps: int  # until it is full
    reward: str  # key of a reward of the programme
    by: str = "visit"  # a key of BY: what gives a stamp
    lines: LineFilter = field(default_factory=LineFilter)  # of "item": which pieces
    minimum_minor: int = 0  # of "order"
    a_day: int | None = None  # at most so many stamps a day
    months: int | None = None  # stamps lapse so long after the last one; None: never
    active: bool = True

    @property
    def label(self) -> str:
        """The name in the active language, else in whichever there is."""
        return in_language(self.name)
