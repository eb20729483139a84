"""Letting our app into a Cafe24 mall: the owner is sent there to consent and comes back with a code for tokens."""

from __future__ import annotations

import secrets as random
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from staff.actors import staff_actor
from staff.permissions import require
from storefront.credentials import credentials_of, keep_credentials
from storefront.models import Store
from storefront.platforms import PlatformError, cafe24_grant

SESSION = "cafe24_consent"  # [state, store's public id] of the consent that is under way


def allowed_url(request: HttpRequest) -> str:
    """Where Cafe24 sends the owner back to: one address for all stores, for it stands in the app's settings."""
    merchant: Any = request.tenant
    return str(merchant.url(reverse("backoffice:store_allowed")))


def lacks_consent(store: Store) -> bool:
    """Whether the app's keys are there, but nothing that the mall itself gave."""
    known = credentials_of(store)
    return store.kind == Store.Kind.CAFE24 and bool(known.get("client_secret")) and not known.get("refresh_token")


@require_GET
@require("stores.edit")
def allow(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send the owner to the mall to consent. Harmless to repeat: only coming back changes something."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    client_id = credentials_of(store).get("client_id")
    if store.kind != Store.Kind.CAFE24 or not client_id:
        messages.error(request, _("Enter the app's keys first."))
        return redirect("backoffice:store_connect", public_id)
    state = random.token_urlsafe(24)
    request.session[SESSION] = [state, public_id]
    return redirect(cafe24_grant.consent_url(store.settings, client_id, redirect_uri=allowed_url(request), state=state))


@require_GET
@require("stores.edit")
def allowed(request: HttpRequest) -> HttpResponse:
    """Back from the mall: the code buys the tokens. Only for the consent that this very session began."""
    state, public_id = request.session.pop(SESSION, ["", ""])
    if not state or not random.compare_digest(request.GET.get("state", "").encode(), state.encode()):
        messages.error(request, _("This came from somewhere else, or too late. Please begin once more."))
        return redirect("backoffice:stores")
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    code = request.GET.get("code", "")[:500]
    if not code:
        messages.error(request, _("The mall did not let the app in."))
        return redirect("backoffice:store_connect", public_id)
    _take(request, store, code)
    return redirect("backoffice:store_connect", public_id)


def _take(request: HttpRequest, store: Store, code: str) -> None:
    at = timezone.now()
    try:
        found = cafe24_grant.for_code(store.settings, credentials_of(store), code, redirect_uri=allowed_url(request))
    except PlatformError as error:
        messages.error(request, f"{_(error.message)} ({error.detail})" if error.detail else _(error.message))
    else:
        keep_credentials(store, found, actor=staff_actor(request), at=at)
        messages.success(request, _("The mall has let the app in."))
