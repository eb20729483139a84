"""Which tier a member is on: looked at after everything that counts, and when a period ends. See docs/tiers.md."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from loyalty.tier_rules import Tier, TierPlan

__all__ = ["TierStanding", "metric_of", "review", "standing", "standings", "tier_of"]


@dataclass(frozen=True, slots=True)
class TierStanding:
    """A member's tier, and how far the next one is."""

    tier: Tier | None  # None: below the first
    since: datetime | None
    until: datetime | None  # kept at least until then; None: as long as nothing is taken back
    metric: str  # a key of tier_rules.METRICS; empty: the programme has no tiers
    value: int  # of the metric in the present window; money in minor units
    next: Tier | None
    missing: int  # of the metric until the next tier
    share: float  # of the way to it, 0 to 1
    keep: int = 0  # of the metric still missing in this window to keep the tier beyond `until`


def standing(customer_id: int, *, at: datetime) -> TierStanding:
    """How the member stands by the programme in force then. Three queries; one when there are no tiers."""
    return standings([customer_id], at=at)[customer_id]


def standings(customer_ids: Collection[int], *, at: datetime) -> dict[int, TierStanding]:
    """As `standing`, for many in as many queries."""
    raise NotImplementedError


def tier_of(customer_ids: Collection[int]) -> dict[int, str]:
    """The key of the tier each of these is on now; empty for none. One query."""
    raise NotImplementedError


def metric_of(customer_ids: Collection[int], plan: TierPlan, *, at: datetime) -> dict[int, int]:
    """What each has of the plan's metric in its present window: ever, this calendar year, or the last months."""
    raise NotImplementedError


def review(customer_ids: Collection[int], *, at: datetime, why: str = "") -> None:
    """Put these members on the tier that is theirs by the programme in force; entry gifts; event tier.changed.

    Call in the transaction of what changed. Locks the members' balances. `why`: orders, period, plan, merged.
    """
    raise NotImplementedError
