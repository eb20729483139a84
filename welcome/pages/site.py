"""The public site: what Dangol is, finding one's shop, what this installation keeps about visitors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from config import errors, limits
from welcome.finding import shop_of
from welcome.forms import FindForm
from welcome.leaving import may_lead_to_shops

ROBOTS = """User-agent: *
Disallow: /account/
Disallow: /operator/
"""


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """What it is and what it does for a shop."""
    return render(request, "welcome/landing.html")


@may_lead_to_shops
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Go to a shop by its address: its staff to the backoffice, its members to their points."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if limits.exceeded("find", limits.network(request.META.get("REMOTE_ADDR", "")), limit=30, seconds=60):
            return errors.too_many(request)
        merchant = shop_of(form.cleaned_data["address"])
        if merchant:
            return HttpResponseRedirect(merchant.url("/backoffice/" if "staff" in request.POST else "/"))
        form.add_error("address", _("There is no shop at this address. Please check how it is written."))
    return render(request, "welcome/find.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about a visitor of the public site."""
    return render(request, "welcome/privacy.html")


@require_GET
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read."""
    return HttpResponse(ROBOTS, content_type="text/plain")


@require_GET
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    """For browsers that ask for the old name."""
    return HttpResponseRedirect(static("favicon.svg"))
