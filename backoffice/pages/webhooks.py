"""The outgoing webhooks of this shop; one is added or changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import secrets
from backoffice.forms.webhooks import WebhookForm, initial_of
from backoffice.webhook_words import shown
from staff.actors import staff_actor
from staff.permissions import require
from webhooks.endpoints import WrongEndpoint, change_endpoint, create_endpoint
from webhooks.models import Endpoint


@require("api.view")
def page(request: HttpRequest) -> HttpResponse:
    endpoints = Endpoint.objects.order_by(F("paused_at").desc(nulls_last=True), "pk")
    return render(request, "backoffice/webhooks.html", {"webhooks": shown(endpoints, at=timezone.now())})


@require("api.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Add a webhook. Its page shows the signing secret once."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            endpoint, secret = create_endpoint(**_told(form), actor=staff_actor(request), at=timezone.now())
        except WrongEndpoint as error:
            form.refuse(error)
        else:
            secrets.keep_for_next_page(request, endpoint, secret)
            return redirect("backoffice:webhook", endpoint.public_id)
    return _form(request, form)


@require("api.edit")
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change where a webhook goes and what it tells."""
    endpoint = get_object_or_404(Endpoint, public_id=public_id)
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial_of(endpoint))
    if form.is_valid():
        try:
            change_endpoint(endpoint, **_told(form), actor=staff_actor(request), at=timezone.now())
        except WrongEndpoint as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("backoffice:webhook", public_id)
    return _form(request, form, endpoint)


def _told(form: WebhookForm) -> dict[str, Any]:
    return {field: form.cleaned_data[field] for field in ("url", "types", "description")}


def _form(request: HttpRequest, form: WebhookForm, endpoint: Endpoint | None = None) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint, "scope": form["scope"].value()}
    return render(request, "backoffice/webhook_form.html", context, status=422 if form.is_bound else 200)
