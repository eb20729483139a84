"""The front page: a stranger reads what the programme gives; a member sees what they have."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.programme import in_force
from loyalty.standing import history, standing
from portal.forms import AddressForm
from portal.promises import promises
from portal.sessions import ShopperRequest, shopper_welcome

RECENT = 4


@require_safe
@shopper_welcome
def home(request: ShopperRequest) -> HttpResponse:
    """Balance, what is coming and going, the way to the next reward, what happened lately."""
    at = timezone.now()
    if request.shopper is None:
        return _landing(request, at)
    customer_id = request.shopper.pk
    context = {
        "standing": standing(customer_id, at=at),
        "lines": history(customer_id, limit=RECENT),
        "customer": request.shopper,
        "unit": request.tenant.point_unit,
        "now": at,
    }
    return render(request, "portal/home.html", context)


def _landing(request: ShopperRequest, at: datetime) -> HttpResponse:
    version = in_force(at)
    gives = promises(version.terms, request.tenant.point_unit) if version else []
    return render(request, "portal/landing.html", {"promises": gives, "form": AddressForm()})
