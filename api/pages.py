"""What anybody may read of the API: its OpenAPI document and the documentation made of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from api import documenting, reference
from config import errors


@require_safe
@condition(etag_func=lambda request: documenting.etag())
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    response = HttpResponse(documenting.as_text(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    base = request.tenant.url("")
    return render(request, "api/docs.html", {"base": base, "subjects": reference.subjects(base)})


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """404 for every address that there is not."""
    return errors.not_found(request)
