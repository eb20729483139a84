"""Sign-up: a shop of one's own in one form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from config import errors, limits, places
from welcome.forms import SignUpForm
from welcome.founding import Founded, found_shop
from welcome.leaving import may_lead_to_shops

SHOPS_PER_HOUR = 10  # from one address


@may_lead_to_shops
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """GET: the form, with country and language as the browser suggests. POST: the shop, and over to it, signed in."""
    form = SignUpForm(request.POST or None, initial=_guess(request))
    if request.method == "POST" and form.is_valid():
        sender = limits.network(request.META.get("REMOTE_ADDR", ""))
        if limits.exceeded("sign-up", sender, limit=SHOPS_PER_HOUR, seconds=3600):
            return errors.too_many(request)
        return _go(_found(request, form))
    return render(request, "welcome/sign_up.html", {"form": form}, status=422 if form.errors else 200)


def _found(request: HttpRequest, form: SignUpForm) -> Founded:
    values = form.cleaned_data
    return found_shop(
        name=values["shop"],
        email=values["email"],
        password=values["password"],
        country=values["country"],
        language=values["language"],
        time_zone=values["time_zone"],
        at=timezone.now(),
        ip=request.META.get("REMOTE_ADDR") or None,
    )


def _go(founded: Founded) -> HttpResponse:
    path = reverse("staff:arrive", args=[founded.token], urlconf="config.urls.shop")
    return HttpResponseRedirect(founded.merchant.url(path))


def _guess(request: HttpRequest) -> dict[str, str]:
    country = places.guess_country(request.headers.get("Accept-Language", ""))
    return {"country": country, "language": (translation.get_language() or "en")[:2]}
