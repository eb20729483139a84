"""Missing points: tell the shop what is missing, see what became of it, take it back."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import claims
from loyalty.models import Claim
from loyalty.programme import in_force
from portal.claim_form import ClaimForm
from portal.sessions import ShopperRequest, shopper_actor, shopper_required

BAD_INPUT = 422
SHOWN = 50
DONE = ("filed", "withdrawn")


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    """The member's claims, newest first, each with its answer."""
    found = Claim.objects.filter(customer_id=request.shopper.pk).select_related("order", "journal")
    done = request.GET.get("done", "")
    context = {
        "claims": list(found.order_by("-pk")[:SHOWN]),
        "done": done if done in DONE else "",
        "unit": request.tenant.point_unit,
    }
    return render(request, "portal/claims.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_required
def new(request: ShopperRequest) -> HttpResponse:
    """The form, and filing it."""
    version = in_force(timezone.now())
    currency = version.terms.currency if version else request.tenant.currency
    if request.method != "POST":
        return _form_page(request, ClaimForm(currency=currency, today=timezone.localdate()))
    form = ClaimForm(request.POST, request.FILES, currency=currency, today=timezone.localdate())
    if not form.is_valid():
        return _form_page(request, form, status=BAD_INPUT)
    try:
        claims.file(
            request.shopper.pk, **form.told(), currency=currency, at=timezone.now(), actor=shopper_actor(request)
        )
    except claims.CannotClaim as refused:
        form.add_error(refused.field or None, str(refused))
        return _form_page(request, form, status=BAD_INPUT)
    return HttpResponseRedirect(f"{reverse('portal:claims')}?done=filed")


@require_POST
@shopper_required
def withdraw(request: ShopperRequest, pk: int) -> HttpResponse:
    """Take an open claim back; one that was decided meanwhile stays as it is."""
    try:
        claims.withdraw(pk, request.shopper.pk, at=timezone.now(), actor=shopper_actor(request))
    except Claim.DoesNotExist as unknown:
        raise Http404 from unknown
    except claims.CannotDecide:
        return HttpResponseRedirect(reverse("portal:claims"))
    return HttpResponseRedirect(f"{reverse('portal:claims')}?done=withdrawn")


def _form_page(request: ShopperRequest, form: ClaimForm, status: int = 200) -> HttpResponse:
    return render(request, "portal/claim_new.html", {"form": form}, status=status)
