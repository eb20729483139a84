"""For developers: the API keys of this shop, and the first call to try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from api.keys import SCOPES, create_key, revoke_key
from api.models import ApiKey
from backoffice import secrets
from backoffice.forms.keys import KeyForm
from staff.actors import staff_actor
from staff.permissions import require

PLACEHOLDER = "dk_live_..."  # stands in the example when there is no key to show
WORDS = {
    "live": (gettext_lazy("Live"), "success"),
    "test": (gettext_lazy("Test key"), "info"),
    "expired": (gettext_lazy("No longer valid"), "neutral"),
    "revoked": (gettext_lazy("Revoked"), "neutral"),
}


@dataclass(slots=True)
class NewKey:
    """The place of a key that is shown once; it has no page of its own."""

    public_id: str = "api_key"


@require("api.view")
def page(request: HttpRequest) -> HttpResponse:
    secret = secrets.shown_once(request, NewKey())
    rows = ApiKey.objects.order_by(F("revoked_at").asc(nulls_first=True), "-pk")
    context = {
        "keys": [_shown(key) for key in rows],
        "secret": secret,
        "base": request.tenant.url("/api/v1"),
        "example": secret or PLACEHOLDER,
    }
    return render(request, "backoffice/developers.html", context)


@require("api.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Make a key. The page it leads to shows it once."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "backoffice/key_new.html", {"form": form}, status=422 if form.is_bound else 200)
    at, told = timezone.now(), form.cleaned_data
    _key, text = create_key(
        told["name"],
        scopes=told["scopes"],
        test=told["kind"] == "test",
        expires_at=form.expires_at(at),
        actor=staff_actor(request),
        at=at,
    )
    secrets.keep_for_next_page(request, NewKey(), text)
    return redirect("backoffice:developers")


@require_POST
@require("api.edit")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a key open nothing any more."""
    key = get_object_or_404(ApiKey, pk=pk)
    if revoke_key(key, actor=staff_actor(request), at=timezone.now()):
        messages.success(request, _("Revoked: {name}").format(name=key.name))
    return redirect("backoffice:developers")


def _shown(key: ApiKey) -> dict[str, Any]:
    """A key with its state in a word."""
    state = "test" if key.test else "live"
    if key.expires_at and key.expires_at <= timezone.now():
        state = "expired"
    if key.revoked_at:
        state = "revoked"
    word, tone = WORDS[state]
    meanings = [SCOPES[scope] for scope in key.scopes if scope in SCOPES]
    return {"row": key, "word": word, "tone": tone, "usable": state in {"live", "test"}, "meanings": meanings}
