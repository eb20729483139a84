"""The set-up checklist's own addresses: a step is opened, the list is put away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice import checklist
from staff.actors import staff_actor
from staff.permissions import require

DESTINATIONS = {"shop": "backoffice:settings", "programme": "backoffice:programme_edit"}


@require("dashboard.view")
def visit(request: HttpRequest, step: str) -> HttpResponse:
    """Open the page of a step that is done by looking at it, and remember that it was looked at."""
    if step not in DESTINATIONS:
        raise Http404
    checklist.note_visit(step, actor=staff_actor(request), at=timezone.now())
    return redirect(DESTINATIONS[step])


@require_POST
@require("settings.edit")
def dismiss(request: HttpRequest) -> HttpResponse:
    """Put the checklist away for good."""
    checklist.dismiss(actor=staff_actor(request), at=timezone.now())
    return redirect("backoffice:home")
