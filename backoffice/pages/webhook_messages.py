"""One message of an outgoing webhook: what was sent, what was answered, each try; it can be sent again."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.webhook_words import TONES, title_of, tries_of
from staff.actors import staff_actor
from staff.permissions import require
from webhooks import endpoints
from webhooks.models import Message


@require("api.view")
def page(request: HttpRequest, public_id: str, pk: int) -> HttpResponse:
    message = _message(public_id, pk)
    context = {
        "message": message,
        "endpoint": message.endpoint,
        "title": title_of(message.type),
        "tone": TONES.get(message.state, "neutral"),
        "tries": tries_of(message),
        "body": json.dumps(json.loads(message.body), indent=2, ensure_ascii=False) if message.body else "",
        "can_be_sent": message.body and message.state != Message.State.SENDING,
    }
    return render(request, "backoffice/webhook_message.html", context)


@require_POST
@require("api.edit")
def redeliver(request: HttpRequest, public_id: str, pk: int) -> HttpResponse:
    """Send it once more, under the same id."""
    message = _message(public_id, pk)
    if endpoints.redeliver(message, actor=staff_actor(request), at=timezone.now()):
        messages.success(request, _("It is sent again in a moment."))
    else:
        messages.error(request, _("It cannot be sent again: its content is no longer kept."))
    return redirect("backoffice:webhook_message", public_id, pk)


def _message(public_id: str, pk: int) -> Message:
    return get_object_or_404(Message.objects.select_related("endpoint"), pk=pk, endpoint__public_id=public_id)
