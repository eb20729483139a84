"""A person's choice of language, kept in a cookie of this host."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 3600


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """POST language=ko|en, next=/path: remember and go back."""
    destination = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(destination, allowed_hosts={request.get_host()}):
        destination = "/"
    response = HttpResponseRedirect(destination)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        remember(response, language, secure=request.is_secure())
    return response


def remember(response: HttpResponse, language: str, *, secure: bool) -> None:
    """Keep the choice on this browser for a year."""
    response.set_cookie("language", language, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
