"""Which tier a member is on: looked at after everything that counts, and when a period ends. See docs/tiers.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from customers.events import Happened, record
from loyalty import ledger, placements, tier_gifts
from loyalty.models import Balance, ProgrammeVersion
from loyalty.placements import Placed
from loyalty.programme import TIERS_ALARM, in_force
from loyalty.tier_rules import Tier, TierPlan
from tenants import alarms

__all__ = [
    "CHANGED", "TierStanding", "metric_of", "place", "review", "review_points", "review_visits", "standing",
    "standings", "tier_of",
]  # fmt: skip

CHANGED = "tier.changed"


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


NO_TIERS = TierStanding(None, None, None, "", 0, None, 0, 1.0)


def standing(customer_id: int, *, at: datetime) -> TierStanding:
    """How the member stands by the programme in force then. Three queries; one when there are no tiers."""
    return standings([customer_id], at=at)[customer_id]


def standings(customer_ids: Collection[int], *, at: datetime) -> dict[int, TierStanding]:
    """As `standing`, for many in as many queries."""
    version = in_force(at)
    if version is None or not has_tiers(version):
        return dict.fromkeys(customer_ids, NO_TIERS)
    plan = version.terms.tiers
    values = placements.values(customer_ids, plan, version.terms, at=at)
    balances = {balance.pk: balance for balance in Balance.objects.filter(pk__in=customer_ids)}
    return {who: _standing(plan, balances.get(who), value) for who, value in values.items()}


def _standing(plan: TierPlan, balance: Balance | None, value: int) -> TierStanding:
    place = _place_of(plan, balance.tier if balance else "")
    tier = plan.tiers[place - 1] if place else None
    following = plan.tiers[place] if place < len(plan.tiers) else None
    until = balance.tier_until if balance and tier else None
    return TierStanding(
        tier=tier,
        since=balance.tier_since if balance and tier else None,
        until=until,
        metric=plan.metric,
        value=value,
        next=following,
        missing=max(following.threshold - value, 0) if following else 0,
        share=min(value / following.threshold, 1.0) if following and following.threshold else 1.0,
        keep=max(tier.threshold - value, 0) if tier and until else 0,
    )


def tier_of(customer_ids: Collection[int]) -> dict[int, str]:
    """The key of the tier each of these is on now; empty for none. One query."""
    found = Balance.objects.filter(pk__in=customer_ids).exclude(tier="").values_list("pk", "tier")
    return dict.fromkeys(customer_ids, "") | dict(found)


def metric_of(customer_ids: Collection[int], plan: TierPlan, *, at: datetime) -> dict[int, int]:
    """What each has of the plan's metric in its present window: ever, this calendar year, or the last months.

    Money counts by the programme in force; all zero before the first.
    """
    version = in_force(at)
    if version is None:
        return dict.fromkeys(customer_ids, 0)
    return placements.values(customer_ids, plan, version.terms, at=at)


def has_tiers(version: ProgrammeVersion) -> bool:
    """Whether there are tiers at all; spares reading the rules where there are none."""
    return bool((version.rules.get("tiers") or {}).get("tiers"))


def review(customer_ids: Collection[int], *, at: datetime, why: str = "orders") -> None:
    """Put these members on the tier that is theirs by the programme in force; entry gifts; event tier.changed.

    Call in the transaction of what changed. Locks the members' balances. One query when there are no tiers.
    `why`, as told in the event: orders, visits, joined, merged, period or plan.
    """
    version = in_force(at) if customer_ids else None
    if version is not None and has_tiers(version):
        place(customer_ids, version, at=at, why=why)


def review_visits(customer_ids: Collection[int], *, at: datetime) -> None:
    """As `review`, after visits, where tiers go by these."""
    version = in_force(at) if customer_ids else None
    if version is not None and has_tiers(version) and version.terms.tiers.metric == "visits":
        place(customer_ids, version, at=at, why="visits")


def review_points(customer_ids: Collection[int], *, at: datetime) -> None:
    """As `review`, after points that no order earned, where tiers go by points earned."""
    version = in_force(at) if customer_ids else None
    if version is not None and has_tiers(version) and version.terms.tiers.metric == "points":
        place(customer_ids, version, at=at, why="points")


def place(customer_ids: Collection[int], version: ProgrammeVersion, *, at: datetime, why: str) -> None:
    """As `review`, by the tiers of this version, or by none when it has none."""
    ledger.lock(customer_ids)  # before asking: another order of the same member may just have been counted
    plan = version.terms.tiers
    placed = placements.differing(plan, version.terms, at=at, customers=list(customer_ids))
    if not placed:
        return
    _write(placed, at)
    moved = [p for p in placed if p.present and p.tier != p.had]
    reached = tier_gifts.first_reached(plan, moved)
    record((_changed(p, reached[p.customer_id], at, why) for p in moved), at=at)
    tier_gifts.give(version, reached, at=at)


WRITE = """
UPDATE loyalty_balance b SET tier = new.tier, tier_until = new.until, tier_since = CASE
    WHEN new.tier = '' THEN NULL WHEN new.tier = b.tier THEN b.tier_since ELSE %s END
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS new (customer_id, tier, until)
WHERE b.customer_id = new.customer_id
"""


def _write(placed: Sequence[Placed], at: datetime) -> None:
    rows: list[list[Any]] = [[p.customer_id for p in placed], [p.tier for p in placed], [p.until for p in placed]]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [at, *rows])
    if due := min((p.until for p in placed if p.until), default=None):
        alarms.ring(TIERS_ALARM, due)


def _changed(moved: Placed, reached: Sequence[Tier], at: datetime, why: str) -> Happened:
    """`reached`, tiers reached for the first time ever, is what entry gifts go by later: tier_gifts.py."""
    data = {"from": moved.had, "to": moved.tier, "why": why, "reached": [tier.key for tier in reached]}
    return Happened(CHANGED, at, customer_id=moved.customer_id, data=data)


def _place_of(plan: TierPlan, key: str) -> int:
    """Which step this is, 1 is the lowest; 0 for none and for a tier that is not there any more."""
    return next((place for place, tier in enumerate(plan.tiers, 1) if tier.key == key), 0)
