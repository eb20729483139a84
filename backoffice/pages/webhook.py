"""One outgoing webhook: how it is doing, what it was told, and what can be done about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice import secrets
from backoffice.fragments import asks_for
from backoffice.paging import address, page_of
from backoffice.webhook_words import TONES, last_result, shown, title_of
from config import formatting
from staff.actors import staff_actor
from staff.permissions import require
from webhooks import endpoints, events, signing
from webhooks.models import Endpoint, Message
from webhooks.types import PING, TYPES

SINCE = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}


@require("api.view")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    log = _log(request, endpoint)
    if asks_for(request, "results"):
        return render(request, "backoffice/webhook.html#results", {"endpoint": endpoint, **log})
    now = timezone.now()
    context = {
        **log,
        "endpoint": endpoint,
        "shown": shown([endpoint], at=now)[0],
        "secret": secrets.shown_once(request, endpoint),
        "kept_secrets": [_hinted(kept) for kept in signing.kept_secrets(endpoint, now)],
        "chosen": [TYPES[name] for name in endpoint.types if name in TYPES],
        "since": [("1", _("the last 24 hours")), ("7", _("the last 7 days")), ("30", _("the last 30 days"))],
        "kept": endpoint.messages.filter(state__in=["held", "failed"]).exclude(body="").count(),
    }
    return render(request, "backoffice/webhook.html", context)


@require_POST
@require("api.edit")
def ping(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a test message, also while the webhook is paused."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    with transaction.atomic():
        events.ping(endpoint, at=timezone.now())
    messages.success(request, _("A test message is on its way."))
    return redirect("backoffice:webhook", public_id)


@require_POST
@require("api.edit")
def pause(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send nothing for now."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    endpoints.pause(endpoint, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Paused. What happens meanwhile is kept."))
    return redirect("backoffice:webhook", public_id)


@require_POST
@require("api.edit")
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send again, with or without what was kept meanwhile."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    resend = request.POST.get("resend") == "yes"
    again = endpoints.resume(endpoint, resend=resend, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _sent_again(again) if again else _("Resumed."))
    return redirect("backoffice:webhook", public_id)


@require_POST
@require("api.edit")
def rotate(request: HttpRequest, public_id: str) -> HttpResponse:
    """A new secret, shown once; for a day messages are signed with both."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    secret = endpoints.rotate_secret(endpoint, actor=staff_actor(request), at=timezone.now())
    secrets.keep_for_next_page(request, endpoint, secret)
    return redirect("backoffice:webhook", public_id)


@require_POST
@require("api.edit")
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget the webhook and its log."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    endpoints.delete_endpoint(endpoint, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Deleted: {name}").format(name=endpoint))
    return redirect("backoffice:webhooks")


@require_POST
@require("api.edit")
def redeliver(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send all again that failed in a time."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    now = timezone.now()
    since = now - SINCE.get(request.POST.get("since", ""), SINCE["1"])
    again = endpoints.redeliver_failed(endpoint, since=since, actor=staff_actor(request), at=now)
    messages.success(request, _sent_again(again) if again else _("Nothing failed in that time."))
    return redirect("backoffice:webhook", public_id)


def _log(request: HttpRequest, endpoint: Endpoint) -> dict[str, object]:
    state, kind = request.GET.get("state", ""), request.GET.get("type", "")
    state = state if state in Message.State.values else ""
    kind = kind if kind in (*TYPES, PING) else ""
    found = page_of(endpoint.messages.in_state(state).of_type(kind).defer("body", "answer"), request.GET)
    return {
        "log": found,
        "rows": [
            (message, title_of(message.type), TONES.get(message.state), last_result(message)) for message in found.rows
        ],
        "under_way": any(message.state in {"waiting", "sending"} and not message.tries for message in found.rows),
        "state": state,
        "type": kind,
        "types": [(name, title_of(name)) for name in (*TYPES, PING)],
        "chips": [
            {"href": address(request.GET, state=value or None), "label": label, "current": value == state}
            for value, label in [("", _("All")), *Message.State.choices]
        ],
        "is_filtered": bool(state or kind),
        "is_latest": "before" not in request.GET,
        "clear_url": request.path,
    }


def _hinted(kept: dict[str, Any]) -> dict[str, object]:
    """A secret as the page may show it."""
    expires_at = kept["expires_at"]
    return {
        "hint": kept["secret"][-4:],
        "created_at": datetime.fromisoformat(kept["created_at"]),
        "expires_at": datetime.fromisoformat(expires_at) if expires_at else None,
    }


def _sent_again(count: int) -> str:
    text = ngettext("{count} message is sent again.", "{count} messages are sent again.", count)
    return text.format(count=formatting.count(count))
