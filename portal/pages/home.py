"""The front page: a stranger reads what the programme gives; a member sees what they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty import notices, redemption, stamps, tiers
from loyalty.offers import Offer, offers
from loyalty.programme import asked_once, in_force
from loyalty.rules import Rules
from loyalty.standing import Standing, history, standing
from loyalty.words.promises import promises
from loyalty.words.tiers import progress
from portal.forms import AddressForm
from portal.sessions import ShopperRequest, shopper_welcome

RECENT = 4
REWARDS_NOW, REWARDS_NEAR = 3, 2


@require_safe
@shopper_welcome
def home(request: ShopperRequest) -> HttpResponse:
    """Balance, what is coming and going, tier, stamps, rewards, what happened lately."""
    at = timezone.now()
    if request.shopper is None:
        return _landing(request, at)
    customer_id = request.shopper.pk
    with asked_once():
        version = in_force(at)
        stands = standing(customer_id, at=at)
        context = {
            "standing": stands,
            "expiring": _expiring(customer_id, stands, at),
            "lines": history(customer_id, limit=RECENT),
            "customer": request.shopper,
            "unit": request.tenant.point_unit,
            "now": at,
            **(_collected(request, version.terms, stands, at) if version else {}),
        }
    return render(request, "portal/home.html", context)


def _collected(request: ShopperRequest, rules: Rules, stands: Standing, at: datetime) -> dict[str, Any]:
    """What the programme has besides points. What it has not is not asked for."""
    customer_id, unit = request.shopper.pk, request.tenant.point_unit
    found: dict[str, Any] = {}
    if rules.tiers.tiers:
        found["tier"] = progress(tiers.standing(customer_id, at=at), rules, unit)
    if any(card.active for card in rules.stamps):
        rewards = {reward.key: reward for reward in rules.rewards}
        found["cards"] = [(card, rewards.get(card.card.reward)) for card in stamps.cards(customer_id, at=at)]
    if rules.rewards:
        found |= _shelf(offers(customer_id, at=at, stands=stands))
    if stands.held or _gives_rewards(rules):
        ready = redemption.of_member(customer_id, states=["ready"])
        found["ready"] = sum(taken.valid_until > at for taken in ready)
    return found


def _shelf(found: Sequence[Offer]) -> dict[str, Any]:
    """The best that can be had now, dearest first, and what is nearest."""
    now = [offer for offer in found if offer.state == "now"]
    near = [offer for offer in found if offer.state == "near"]
    return {"now_offers": now[::-1][:REWARDS_NOW], "now_count": len(now), "near_offers": near[:REWARDS_NEAR]}


def _gives_rewards(rules: Rules) -> bool:
    """Whether a member can have a code without points set aside for it."""
    return bool(rules.stamps) or any(tier.entry_reward for tier in rules.tiers.tiers)


def _expiring(customer_id: int, stands: Standing, at: datetime) -> notices.Due | None:
    """What goes next, and when it can really go."""
    dues = notices.expiring(customer_id, at=at) if stands.next_expiry else []
    return dues[0] if dues else None


def _landing(request: ShopperRequest, at: datetime) -> HttpResponse:
    version = in_force(at)
    gives = promises(version.terms, request.tenant.point_unit) if version else []
    return render(request, "portal/landing.html", {"promises": gives, "form": AddressForm()})
