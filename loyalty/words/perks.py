"""What each tier gives, in words to the member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from config.formatting import points
from loyalty.names import in_language
from loyalty.rules import Rules
from loyalty.tier_rules import Tier
from loyalty.tiers import TierStanding
from loyalty.words.extra import times
from loyalty.words.tiers import amount


@dataclass(frozen=True, slots=True)
class Step:
    """One tier with what it takes and gives, and whether the member is on it."""

    name: str
    takes: str
    description: str
    perks: tuple[str, ...]
    is_mine: bool
    is_reached: bool


def steps(rules: Rules, standing: TierStanding, unit: str) -> list[Step]:
    """All tiers, lowest first."""
    keys = [tier.key for tier in rules.tiers.tiers]
    mine = keys.index(standing.tier.key) if standing.tier and standing.tier.key in keys else -1
    return [
        Step(
            name=tier.label,
            takes=_("From %(amount)s") % {"amount": amount(tier.threshold, rules, unit)},
            description=in_language(tier.description),
            perks=tuple(perks(tier, rules, unit)),
            is_mine=place == mine,
            is_reached=place <= mine,
        )
        for place, tier in enumerate(rules.tiers.tiers)
    ]


def perks(tier: Tier, rules: Rules, unit: str) -> Iterator[str]:
    """What this tier gives."""
    if tier.factor != 100:
        yield _("%(times)s× the usual points") % {"times": times(tier.factor)}
    if tier.entry_points:
        yield _("%(points)s when you arrive") % {"points": points(tier.entry_points, unit)}
    entry = next((reward for reward in rules.rewards if reward.key == tier.entry_reward), None)
    if entry:
        yield _("When you arrive: %(reward)s") % {"reward": entry.label}
    if tier.birthday_points:
        yield _("%(points)s on your birthday") % {"points": points(tier.birthday_points, unit)}
    for reward in rules.rewards:
        if reward.active and tier.key in reward.tiers:
            yield _("Only for you: %(reward)s") % {"reward": reward.label}
    if tier.early_access:
        yield _("First look at what is new")
