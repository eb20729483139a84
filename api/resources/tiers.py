"""The tier of a member, and how far the next one is."""

from __future__ import annotations

from api import telling
from api.calling import Answer, Call
from api.operation import operation
from api.resources.customers import customer_of
from loyalty.programme import in_force
from loyalty.tier_rules import Tier
from loyalty.tiers import TierStanding, standing


@operation("points:read", "Get a tier", "Tiers", answers={200: "TierStanding"}, refuses=(404,))
def get_tier(call: Call, pk: int) -> Answer:
    """The tier of a member, until when it is kept, and what is missing for the next. `tier` is null below the first."""
    customer, version = customer_of(pk), in_force(call.at)
    currency = version.terms.currency if version else call.merchant.currency
    return Answer(_standing(standing(customer.pk, at=call.at), currency))


def _standing(has: TierStanding, currency: str) -> telling.Told:
    def amount(value: int) -> str:
        return telling.money(value, currency) if has.metric == "spend" else str(value)

    return {
        "tier": _tier(has.tier) if has.tier else None,
        "since": telling.moment(has.since),
        "until": telling.moment(has.until),
        "metric": has.metric or None,
        "value": amount(has.value),
        "keep": amount(has.keep),
        "next": _tier(has.next) if has.next else None,
        "missing": amount(has.missing),
    }


def _tier(tier: Tier) -> telling.Told:
    return {"key": tier.key, "name": tier.name, "factor": tier.factor / 100, "early_access": tier.early_access}
