"""Replay: the draft over the shop's real orders of the last months, before anybody sees it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import desk
from backoffice.fragments import asks_for
from backoffice.replay_view import replay_view
from loyalty import replaying
from staff.actors import staff_actor
from staff.permissions import require

PAGE = "backoffice/editor/replay.html"


@require("programme.publish")
def page(request: HttpRequest) -> HttpResponse:
    """Ask for a replay, watch it, read what it found. While it runs the page asks for that piece again and again."""
    table = desk.Desk(request, timezone.now())
    replay = replay_view(table.draft, unit=table.unit, names=True)
    context = {"table": table, "at_replay": True, "replay": replay, "spans": replaying.DAYS}
    if asks_for(request, "replay"):
        return render(request, f"{PAGE}#found", context)
    return render(request, PAGE, {**context, "parts": table.places()})


@require_POST
@require("programme.publish")
def act(request: HttpRequest, act: str) -> HttpResponse:
    """Begin a replay, or stop it."""
    now, actor = timezone.now(), staff_actor(request)
    if act == "stop":
        replaying.stop(actor=actor, at=now)
        return redirect("backoffice:programme_replay")
    text = request.POST.get("days", "")
    try:
        replaying.ask(int(text) if text in ("90", "365") else 0, actor=actor, at=now)
    except replaying.CannotReplay as cannot:
        messages.warning(request, WORDS[cannot.code]())
    return redirect("backoffice:programme_replay")


WORDS = {
    "no_draft": lambda: _("There is no draft to replay. Change something first."),
    "days": lambda: _("Choose 90 or 365 days."),
    "wrong_rules": lambda: _("The draft makes no sense yet. Mend what is listed on the publishing page."),
}
