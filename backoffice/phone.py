"""What members would see: the portal's own pages with the draft's rules, for the phone beside the editor."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation

from loyalty.rules import Rules
from portal.forms import AddressForm
from portal.promises import promises

LANGUAGES = ("ko", "en")


def language_of(request: HttpRequest) -> str:
    """The language in which the phone speaks: as asked for, else the shop's."""
    asked = request.POST.get("seen_in") or request.GET.get("seen_in")
    if asked in LANGUAGES:
        return str(asked)
    return request.tenant.language if request.tenant.language in LANGUAGES else "ko"


def screen(request: HttpRequest, rules: Rules, language: str) -> str:
    """The portal's front page by these rules, as HTML for a frame whose links lead nowhere."""
    with translation.override(language):
        context = {"promises": promises(rules, request.tenant.point_unit), "form": AddressForm()}
        page = render_to_string("portal/landing.html", context, request)
    return page.replace("<head>", '<head><base target="_blank">', 1)
