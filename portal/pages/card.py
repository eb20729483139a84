"""The membership card to show at the till."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.card import qr_svg, spaced
from portal.sessions import ShopperRequest, shopper_required


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """QR, the code in characters, the member's name. Needs the network only to load, not to be scanned."""
    code = request.shopper.card_code
    context = {"qr": qr_svg(code), "code": code, "spaced": spaced(code), "customer": request.shopper}
    return render(request, "portal/card.html", context)
