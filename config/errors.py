"""Error pages in the shop's look, each with the request's id; for programs, problem details."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config import problems


def page(request: HttpRequest, status: int, name: str | None = None) -> HttpResponse:
    """The page `templates/errors/<name or status>.html` with that status; to programs, problem details."""
    if problems.is_for_program(request):
        return problems.respond(request, problems.plain(status))
    context = {"request_id": getattr(request, "id", ""), "status": status}
    return render(request, f"errors/{name or status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return page(request, 500)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: what a view returns when a rate limit is exceeded (config/limits.py)."""
    return page(request, 429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403, "csrf")
