"""What a member gets on reaching a tier for the first time ever: points and a reward, once, for skipped tiers too.

Which tiers a member has reached stands in the events tier.changed, which follow the member through a merging. The keys
of what was given guard it a second time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from customers.models import Event
from loyalty import ledger, redemption
from loyalty.models import Journal, ProgrammeVersion, Redemption
from loyalty.placements import Placed
from loyalty.programme import expiry_of_points_given
from loyalty.tier_rules import Tier, TierPlan
from staff.actors import SYSTEM

REASON = "tier"  # Journal.reason; in words in explaining.OUTCOMES

Reached = Mapping[int, Sequence[Tier]]  # by member


def first_reached(plan: TierPlan, moved: Sequence[Placed]) -> Reached:
    """The tiers that each comes to, or past, for the first time ever, lowest first."""
    steps = {p.customer_id: _steps(plan, p.had, p.tier) for p in moved}
    before = _reached_before([who for who, tiers in steps.items() if tiers])
    return {who: [tier for tier in tiers if tier.key not in before[who]] for who, tiers in steps.items()}


def _steps(plan: TierPlan, had: str, now: str) -> Sequence[Tier]:
    """The tiers above the one a member had, up to the new one; none on the way down."""
    places = {tier.key: place for place, tier in enumerate(plan.tiers, 1)}
    return plan.tiers[places.get(had, 0) : places.get(now, 0)]


def _reached_before(customer_ids: Sequence[int]) -> Mapping[int, set[str]]:
    reached: dict[int, set[str]] = defaultdict(set)
    if customer_ids:
        told = Event.objects.filter(customer__in=customer_ids, kind="tier.changed").values_list("customer_id", "data")
        for who, data in told:
            reached[who].update(data.get("reached", ()))
    return reached


def give(version: ProgrammeVersion, reached: Reached, *, at: datetime) -> None:
    """Give what these tiers give, each once for each member."""
    _give_points(version, reached, at)
    _give_rewards(reached, at)


def _give_points(version: ProgrammeVersion, reached: Reached, at: datetime) -> None:
    due = {key: (who, tier) for key, who, tier in _each(reached) if tier.entry_points}
    if not due:
        return
    given = set(Journal.objects.filter(key__in=due).values_list("key", flat=True))
    expires_at = expiry_of_points_given(at)
    batch = [
        ledger.Earn(
            customer_id=who, points=tier.entry_points, key=key, effective_at=at, expires_at=expires_at,
            version_id=version.pk, reason=REASON, arithmetic=_arithmetic(tier),
        )
        for key, (who, tier) in due.items() if key not in given
    ]  # fmt: skip
    ledger.earn(batch, actor=SYSTEM, at=at)


def _arithmetic(tier: Tier) -> dict[str, object]:
    return {"kind": "tier", "tier": tier.key, "name": dict(tier.name), "result": tier.entry_points}


def _give_rewards(reached: Reached, at: datetime) -> None:
    due = {key: (who, tier) for key, who, tier in _each(reached) if tier.entry_reward}
    given = set(Redemption.objects.filter(key__in=due).values_list("key", flat=True)) if due else set()
    for key, (who, tier) in due.items():
        if key not in given:
            redemption.grant(who, tier.entry_reward, origin=f"tier:{tier.key}", key=key, at=at, actor=SYSTEM)


def _each(reached: Reached) -> Iterator[tuple[str, int, Tier]]:
    for who, tiers in sorted(reached.items()):
        for tier in tiers:
            yield f"tier:{tier.key}:{who}", who, tier
