"""A shopper's language: kept with the person, and in the browser's cookie that the pages read."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.language import remember
from customers.models import Customer


def keep_choice(request: HttpRequest, response: HttpResponse, customer: Customer) -> None:
    """On sign-in: a browser that was never told a language takes the person's."""
    if "language" not in request.COOKIES and customer.language:
        choose(request, response, customer.language)


def choose(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Let this browser read in `language`; an unknown one changes nothing."""
    if language in dict(settings.LANGUAGES):
        remember(response, language, secure=request.is_secure())
