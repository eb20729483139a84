"""My codes: rewards that were taken, ready, used and lapsed; cancelling one, and taking that back."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loyalty import codes, redemption, stored
from loyalty.at_stores import as_can_be_had
from loyalty.ledger import KeyReused, NotEnoughPoints
from loyalty.models import Redemption
from loyalty.reward_rules import Reward
from portal.card import qr_svg
from portal.redeeming import place_of, told, where
from portal.sessions import ShopperRequest, shopper_actor, shopper_required

READY, CANCELLED = Redemption.State.READY, Redemption.State.CANCELLED


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """Codes that can be used, the first to lapse first; then what became of the others."""
    taken = redemption.of_member(request.shopper.pk)
    ready = sorted((r for r in taken if _is_ready(r)), key=lambda r: r.valid_until)
    cancelled = next((r for r in taken if str(r.pk) == request.GET.get("cancelled") and r.state == CANCELLED), None)
    context = {
        "ready": [_shown(r) for r in ready],
        "others": [_shown(r) for r in taken if not _is_ready(r)],
        "cancelled": cancelled and _shown(cancelled),
        "unit": request.tenant.point_unit,
    }
    return render(request, "portal/codes.html", context)


@require_safe
@shopper_required
def code(request: ShopperRequest, pk: int) -> HttpResponse:
    """One code to show or copy, until when it is good, and where."""
    return _code_page(request, _own(request, pk))


@require_POST
@shopper_required
def cancel(request: ShopperRequest, pk: int) -> HttpResponse:
    """Give an unused code up: the points return."""
    taken = _own(request, pk)
    if not taken.points or taken.state not in (READY, CANCELLED):
        return _code_page(request, taken, problem=_("This code cannot be cancelled."), status=409)
    try:
        redemption.cancel(
            pk, reason="member", key=f"portal:cancel:{pk}", actor=shopper_actor(request), at=timezone.now()
        )
    except redemption.CannotUse as refused:
        return _code_page(request, _own(request, pk), problem=refused.message, status=409)
    return HttpResponseRedirect(f"{reverse('portal:codes')}?cancelled={pk}")


@require_POST
@shopper_required
def again(request: ShopperRequest, pk: int) -> HttpResponse:
    """Undo a cancelling: the same reward for the same points, under a new code."""
    taken = _own(request, pk)
    reward = _reward(taken)
    if taken.state != CANCELLED or not taken.points:
        raise Http404
    try:
        new = redemption.redeem(
            request.shopper.pk, taken.reward, points=taken.points,  # never more than it was, whatever it costs now
            where=place_of(as_can_be_had([reward])[0]), key=f"portal:again:{pk}", at=timezone.now(),
            actor=shopper_actor(request),
        )  # fmt: skip
    except redemption.CannotRedeem as refused:
        return _code_page(request, taken, problem=refused.message, status=409)
    except KeyReused:  # undone once before, while this account was part of another
        return _code_page(request, taken, problem=_("This was undone before."), status=409)
    except NotEnoughPoints:
        problem = _("You do not have enough points any more. Nothing was taken.")
        return _code_page(request, taken, problem=problem, status=409)
    return HttpResponseRedirect(f"{reverse('portal:code_of', args=[new.pk])}?new")


def _code_page(request: ShopperRequest, taken: Redemption, *, problem: str = "", status: int = 200) -> HttpResponse:
    reward, unit = _reward(taken), request.tenant.point_unit
    context = {
        **_shown(taken),
        "about": [line for line in told(reward, taken.currency, unit) if line != where(reward)],
        "qr": qr_svg(taken.code) if _is_ready(taken) else "",
        "is_new": "new" in request.GET,
        "problem": problem,
        "unit": unit,
    }
    return render(request, "portal/reward_code.html", context, status=status)


def _own(request: ShopperRequest, pk: int) -> Redemption:
    return get_object_or_404(Redemption, pk=pk, customer_id=request.shopper.pk)


def _is_ready(taken: Redemption) -> bool:
    return taken.state == READY and taken.valid_until > timezone.now()


def _shown(taken: Redemption) -> dict[str, object]:
    reward = _reward(taken)
    return {
        "taken": taken,
        "reward": reward,
        "spaced": codes.spaced(taken.code),
        "where": where(as_can_be_had([reward])[0]),
        "is_ready": _is_ready(taken),
        "can_cancel": _is_ready(taken) and taken.points > 0,
        "is_at_store": "store" in reward.where and taken.at_store in ("wanted", "failed"),
    }


def _reward(taken: Redemption) -> Reward:
    return stored.read(Reward, taken.terms)
