"""Replay: the draft over the shop's real orders of the last months, before anybody sees it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backoffice import desk
from backoffice.pages.editor import item_text  # noqa: F401
from backoffice.replay_view import replay_view
from staff.permissions import require


@require("programme.publish")
def page(request: HttpRequest) -> HttpResponse:
    """Ask for a replay, watch it, read what it found."""
    table = desk.Desk(request, timezone.now())
    context = {"table": table, "parts": table.places(), "at_replay": True, "replay": replay_view(table.draft)}
    return render(request, "backoffice/editor/replay.html", context)
