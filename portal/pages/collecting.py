"""What a member has collected besides points they can use: stamps, a tier, and when points go."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty import notices, stamps, tiers
from loyalty.programme import in_force
from loyalty.standing import lots
from loyalty.words.perks import steps
from loyalty.words.tiers import counted_over, progress
from portal.expiries import by_expiry
from portal.sessions import ShopperRequest, shopper_required


@require_safe
@shopper_required
def stamp_cards(request: ShopperRequest) -> HttpResponse:
    """The member's stamp cards with what is on them and what they lead to."""
    at = timezone.now()
    version = in_force(at)
    rewards = {reward.key: reward for reward in version.terms.rewards} if version else {}
    cards = stamps.cards(request.shopper.pk, at=at) if version and version.terms.stamps else []
    context = {"cards": [(card, rewards.get(card.card.reward)) for card in cards]}
    return render(request, "portal/stamps.html", context)


@require_safe
@shopper_required
def tier(request: ShopperRequest) -> HttpResponse:
    """Where the member stands, what the next step takes, and what every step gives."""
    at, unit = timezone.now(), request.tenant.point_unit
    version = in_force(at)
    if version is None or not version.terms.tiers.tiers:
        return render(request, "portal/tier.html", {"steps": []})
    standing = tiers.standing(request.shopper.pk, at=at)
    context = {
        "standing": standing,
        "progress": progress(standing, version.terms, unit),
        "steps": steps(version.terms, standing, unit),
        "over": counted_over(version.terms),
    }
    return render(request, "portal/tier.html", context)


@require_safe
@shopper_required
def expiry(request: ShopperRequest) -> HttpResponse:
    """Which points expire when, those on their way included."""
    at = timezone.now()
    version = in_force(at)
    context = {
        "dues": notices.expiring(request.shopper.pk, at=at),
        "expiries": by_expiry(lots(request.shopper.pk)),
        "rules": version.terms if version else None,
        "unit": request.tenant.point_unit,
    }
    return render(request, "portal/expiry.html", context)
