"""Tiers: who is a better regular, measured how and over which time, and what they get for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from loyalty.names import in_language

METRICS = {"spend": _("Money spent"), "points": _("Points earned"), "orders": _("Orders"), "visits": _("Visits")}
WINDOWS = {
    "lifetime": _("Ever"),
    "calendar_year": _("In a calendar year"),
    "rolling": _("In the last months"),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """One step. Everybody below the first is on none."""

    key: str  # stable over versions
    name: dict[str, str]
    threshold: int  # of the metric; money in minor units
    factor: int = 100  # hundredths on the points of orders: 150 is half as much again
    entry_points: int = 0
    entry_reward: str = ""  # key of a reward, given once on each first arrival, for skipped tiers too
    birthday_points: int = 0  # on top of the birthday rule
    early_access: bool = False  # told to storefronts by the API
    description: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name in the active language, else in whichever there is."""
        return in_language(self.name)


@dataclass(frozen=True, slots=True)
class TierPlan:
    """All tiers, lowest first, and how they are reached and kept. Upgrades at once; downgrades at the period's end."""

    metric: str = "spend"  # a key of METRICS
    window: str = "rolling"  # a key of WINDOWS
    months: int = 12  # of "rolling"
    grace_days: int = 0  # after the period's end before a tier is lost
    tiers: tuple[Tier, ...] = ()
