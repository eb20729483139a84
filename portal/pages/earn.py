"""Ways to earn: every rule in words, the birthday, following the shop, and the check-in by the shop's QR."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import occasions
from loyalty.programme import in_force
from loyalty.rules import Rules
from loyalty.words.promises import promises
from loyalty.words.ways import Way, needs_stores, ways
from portal.forms import BirthdayForm
from portal.sessions import ShopperRequest, shopper_actor, shopper_required
from storefront.models import Store

BAD_INPUT = 422
DONE = ("birthday", "followed", "followed_before")


@require_safe
@shopper_required
def page(request: ShopperRequest) -> HttpResponse:
    return _page(request, _birthday_form(request))


@require_POST
@shopper_required
def birthday(request: ShopperRequest) -> HttpResponse:
    """Enter the birthday, once."""
    form = _birthday_form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=BAD_INPUT)
    try:
        occasions.set_birthday(
            request.shopper, form.cleaned_data["birthday"], at=timezone.now(), actor=shopper_actor(request)
        )
    except occasions.BirthdayLocked:
        form.add_error("birthday", _("Your birthday is known already. Only the shop can correct it."))
        return _page(request, form, status=BAD_INPUT)
    return HttpResponseRedirect(f"{reverse('portal:earn')}?done=birthday#birthday")


@require_POST
@shopper_required
def followed(request: ShopperRequest, key: str) -> HttpResponse:
    """The member followed the shop where the rule says: points once, by the rules."""
    at, customer = timezone.now(), request.shopper
    rules = _rules(request)
    rule = next((r for r in rules.earning if r.key == key and r.kind == "social" and r.active), None) if rules else None
    if rule is None:
        raise Http404
    posted = occasions.happen(
        customer.pk, "social", subject=key, key=f"social:{key}:{customer.pk}", at=at, actor=shopper_actor(request)
    )
    done = "followed" if any(p.is_new for p in posted) else "followed_before"
    return HttpResponseRedirect(f"{reverse('portal:earn')}?done={done}")


@require_http_methods(["GET", "HEAD", "POST"])
@shopper_required
def visit(request: ShopperRequest, code: str) -> HttpResponse:
    """Where the shop's QR leads: one button, and then what the visit gave."""
    context: dict[str, object] = {"unit": request.tenant.point_unit, "code": code}
    status = 200
    if request.method == "POST":
        try:
            context["visit"] = occasions.check_in(
                request.shopper.pk, code, at=timezone.now(), actor=shopper_actor(request)
            )
        except occasions.WrongCode:
            context["wrong"], status = True, BAD_INPUT
    return render(request, "portal/visit.html", context, status=status)


def _page(request: ShopperRequest, form: BirthdayForm | None, status: int = 200) -> HttpResponse:
    rules, unit = _rules(request), request.tenant.point_unit
    done = request.GET.get("done", "")
    context = {
        "promises": promises(rules, unit) if rules else [],
        "ways": _ways(request, rules),
        "form": form,
        "done": done if done in DONE else "",
        "cards": [card for card in rules.stamps if card.active] if rules else [],
        "has_tiers": bool(rules and rules.tiers.tiers),
    }
    return render(request, "portal/earn.html", context, status=status)


def _ways(request: ShopperRequest, rules: Rules | None) -> list[Way]:
    if rules is None:
        return []
    stores = dict(Store.objects.values_list("public_id", "name")) if needs_stores(rules) else {}
    return ways(rules, request.tenant.point_unit, at=timezone.now(), tags=request.shopper.tags, stores=stores)


def _rules(request: ShopperRequest) -> Rules | None:
    version = in_force(timezone.now())
    return version.terms if version else None


def _birthday_form(request: ShopperRequest, data: object = None) -> BirthdayForm:
    return BirthdayForm(data, today=timezone.localdate())
