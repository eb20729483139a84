"""Whether a member may have a reward, points aside: time, place, tier, stock, limits. For the list and for taking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.formatting import day
from loyalty.models import Redemption
from loyalty.names import in_language
from loyalty.reward_rules import Reward
from loyalty.tier_rules import TierPlan

# What counts: a reward that came back is there again.
HAD = (Redemption.State.READY, Redemption.State.USED)
BY_POINTS = "points"  # Redemption.origin of what was paid for; what was given does not use up a member's limit


class Refusal(NamedTuple):
    """Why not: a code of redemption.CannotRedeem, and the sentence for people."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What has been taken so far: of each stocked reward by all, of each limited reward by this member and when."""

    sold: Counter[str] = field(default_factory=Counter)
    own: dict[str, list[datetime]] = field(default_factory=dict)


def taken(rewards: Iterable[Reward], customer_id: int) -> Taken:
    """What stock and limits of these rewards need to know. Asks nothing where they have none."""
    known = list(rewards)
    stocked = [r.key for r in known if r.stock is not None]
    limited = [r.key for r in known if r.per_member is not None]
    sold: Counter[str] = Counter()
    own: dict[str, list[datetime]] = {}
    if stocked:
        rows = Redemption.objects.filter(reward__in=stocked, state__in=HAD)
        sold = Counter(dict(rows.values_list("reward").annotate(Count("id")).order_by()))
    if limited:
        mine = Redemption.objects.filter(
            customer=customer_id, reward__in=limited, state__in=HAD, origin__startswith=BY_POINTS
        )
        for key, at in mine.values_list("reward", "created_at"):
            own.setdefault(key, []).append(at)
    return Taken(sold, own)


def refusal(
    reward: Reward, *, at: datetime, where: str | None, tier: str, tiers: TierPlan, taken: Taken
) -> Refusal | None:
    """Why this member can't have it now; None when only the points decide. `where` None: wherever it is to be had."""
    if not reward.active:
        return Refusal("inactive", _("This reward is not offered at the moment."))
    if not reward.points:
        return Refusal("given_only", _("This reward is not for points. The shop gives it."))
    if where is not None and where not in reward.where:
        return Refusal("where", _ELSEWHERE[where]())
    return _of_time(reward, at) or _of_tier(reward, tier, tiers) or _of_number(reward, at, taken)


_ELSEWHERE = {
    "store": lambda: _("This reward is only to be had in the shop, not online."),
    "till": lambda: _("This reward is only to be had online."),
}


def _of_time(reward: Reward, at: datetime) -> Refusal | None:
    if reward.starts_at and at < datetime.fromisoformat(reward.starts_at):
        starts = day(datetime.fromisoformat(reward.starts_at))
        return Refusal("not_yet", _("This reward is offered from %(date)s.") % {"date": starts})
    if reward.ends_at and at >= datetime.fromisoformat(reward.ends_at):
        return Refusal("over", _("This reward is not offered any more."))
    return None


def _of_tier(reward: Reward, tier: str, tiers: TierPlan) -> Refusal | None:
    if not reward.tiers or tier in reward.tiers:
        return None
    names = [t.label for t in tiers.tiers if t.key in reward.tiers]
    return Refusal("tier", _("Only for: %(tiers)s") % {"tiers": ", ".join(names) or "–"})


def _of_number(reward: Reward, at: datetime, taken: Taken) -> Refusal | None:
    if reward.stock is not None and taken.sold[reward.key] >= reward.stock:
        return Refusal("sold_out", _("All of them are gone."))
    if reward.per_member is None:
        return None
    had = taken.own.get(reward.key, [])
    if reward.per_days is not None:
        had = [when for when in had if when > at - timedelta(days=reward.per_days)]
    if len(had) < reward.per_member:
        return None
    return Refusal("limit", _limit_in_words(reward))


def _limit_in_words(reward: Reward) -> str:
    assert reward.per_member is not None
    if reward.per_days is None:
        words = ngettext(
            "Each member can have it once, and you had it.",
            "Each member can have it %(times)s times, and you had it as often.",
            reward.per_member,
        )
        return words % {"times": reward.per_member}
    days = ngettext("%(count)s day", "%(count)s days", reward.per_days) % {"count": reward.per_days}
    words = ngettext(
        "Each member can have it once in %(days)s.",
        "Each member can have it %(times)s times in %(days)s.",
        reward.per_member,
    )
    return words % {"times": reward.per_member, "days": days}


def name_of(redemption: Redemption) -> str:
    """What was taken, in the active language, as it was called then."""
    return in_language(redemption.terms.get("name", {})) or redemption.reward
