"""The poster for the counter: customers scan it to reach the portal."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe

from backoffice import checklist
from staff.actors import staff_actor
from staff.permissions import require


@require("dashboard.view")
def page(request: HttpRequest) -> HttpResponse:
    """The poster, ready to print. Error level Q: it survives a coffee stain."""
    address = request.tenant.url("/")
    checklist.note_visit("poster", actor=staff_actor(request), at=timezone.now())
    svg = segno.make(address, error="q").svg_inline(scale=8, border=4, dark="#000", light="#fff")
    return render(request, "backoffice/poster.html", {"code": mark_safe(svg), "address": address})  # noqa: S308
