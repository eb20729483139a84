"""How the till works: owners and managers see it, and change it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.forms.till import TillForm
from backoffice.till.settings import change_settings, settings_of
from staff import pins
from staff.actors import staff_actor
from staff.permissions import require
from tenants.models import Merchant


@require_http_methods(["GET", "POST"])
@require("till.settings")
def page(request: HttpRequest) -> HttpResponse:
    """GET: presets, limits, locking, sound. POST: change them."""
    merchant = Merchant.objects.get(pk=request.tenant.pk)
    initial = TillForm.initial_of(settings_of(merchant), merchant.currency)
    form = TillForm(request.POST if request.method == "POST" else None, initial=initial, currency=merchant.currency)
    if request.method == "POST" and form.is_valid():
        change_settings(merchant.pk, form.settings(), actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("backoffice:settings_till")
    context = {"form": form, "people": pins.holders(), "currency": merchant.currency}
    return render(request, "backoffice/settings_till.html", context, status=422 if form.errors else 200)
