"""Rewards: what can be had now, what is near, what is not for this member; and taking one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.formatting import points as in_points
from loyalty import redemption
from loyalty.ledger import KeyReused, NotEnoughPoints
from loyalty.models import Balance, Redemption
from loyalty.offers import Offer, offers
from loyalty.words.offers import groups
from portal.redeeming import Picked, key_of, pick, place_of, told
from portal.sessions import ShopperRequest, shopper_actor, shopper_required

CONFLICT = 409
BAD_INPUT = 422


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """All rewards by state: now, near, not for this member yet, gone."""
    found = offers(request.shopper.pk, at=timezone.now())
    context = {
        "groups": groups(found),
        "available": _available(request),
        "unit": request.tenant.point_unit,
        "currency": request.tenant.currency,
    }
    return render(request, "portal/rewards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_required
def reward(request: ShopperRequest, key: str) -> HttpResponse:
    """One reward: what it is, what it costs, what is left after; a POST takes it."""
    if request.method == "POST":
        return _redeem(request, key)
    return _reward_page(request, _offer(request, key))


def _redeem(request: ShopperRequest, key: str) -> HttpResponse:
    """Take it. The key of the form makes that pressing twice, or sending again, is taking once."""
    offer = _offer(request, key)
    picked = pick(offer.reward, request.POST.get("points", ""), most=None)
    try:
        taken = redemption.redeem(
            request.shopper.pk,
            key,
            points=picked.points,
            where=place_of(offer.reward),
            key=key_of(request.shopper.pk, request.POST.get("key", "")),
            at=timezone.now(),
            actor=shopper_actor(request),
        )
    except redemption.CannotRedeem as refused:
        return _reward_page(request, offer, problem=refused.message, status=CONFLICT)
    except NotEnoughPoints:
        problem = _("You do not have enough points any more. Nothing was taken.")
        return _reward_page(request, offer, problem=problem, status=CONFLICT)
    except KeyReused:
        problem = _("This form was used already for something else. Please try once more.")
        return _reward_page(request, offer, problem=problem, status=CONFLICT)
    return HttpResponseRedirect(f"{reverse('portal:code_of', args=[taken.pk])}?new")


def _reward_page(request: ShopperRequest, offer: Offer, *, problem: str = "", status: int = 200) -> HttpResponse:
    available, unit = _available(request), request.tenant.point_unit
    picked = pick(offer.reward, request.GET.get("points", ""), most=offer.most_points)
    context: dict[str, Any] = {
        "offer": offer,
        "reward": offer.reward,
        "about": told(offer.reward, request.tenant.currency, unit),
        "picked": picked,
        "sums": _sums(available, picked, unit),
        "confirming": offer.state == "now" and (picked.chosen or not picked.can_choose),
        "key": uuid4(),
        "ready": _ready(request, offer.reward.key),
        "problem": problem,
        "unit": unit,
        "currency": request.tenant.currency,
    }
    return render(request, "portal/reward.html", context, status=status)


def _sums(available: int, picked: Picked, unit: str) -> list[tuple[str, str]]:
    """What the member has, what it costs, what is left: the confirmation in three lines."""
    return [
        (_("You have"), in_points(available, unit)),
        (_("It costs"), in_points(picked.points, unit)),
        (_("Left after that"), in_points(available - picked.points, unit)),
    ]


def _offer(request: ShopperRequest, key: str) -> Offer:
    found = offers(request.shopper.pk, at=timezone.now())
    offer = next((offer for offer in found if offer.reward.key == key), None)
    if offer is None:
        raise Http404
    return offer


def _ready(request: ShopperRequest, key: str) -> Redemption | None:
    """A code for this reward that still waits to be used: who comes back after a failure should not take another."""
    ready = redemption.of_member(request.shopper.pk, states=["ready"])
    return next((taken for taken in ready if taken.reward == key and taken.valid_until > timezone.now()), None)


def _available(request: ShopperRequest) -> int:
    balance = Balance.objects.filter(pk=request.shopper.pk).only("available").first()
    return balance.available if balance else 0
