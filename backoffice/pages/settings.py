"""The shop's settings and its danger zone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice import shop
from backoffice.forms.shop import CloseForm, ShopForm
from config import colour
from staff.actors import staff_actor
from staff.models import User
from staff.permissions import may, require
from tenants.lifecycle import WrongState
from tenants.models import Merchant


@require("settings.view")
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """GET: the settings. POST (owners): change them."""
    if request.method == "POST":
        return _save(request)
    return _page(request, _form(request))


@require("settings.view")
@require_GET
def colour_preview(request: HttpRequest) -> HttpResponse:
    """How ?brand_colour= looks in light and dark, and why it is not used untouched everywhere."""
    return render(
        request, "backoffice/settings.html#colour", {"preview": _preview(request.GET.get("brand_colour", ""))}
    )


@require("shop.close")
@require_POST
def close_shop(request: HttpRequest) -> HttpResponse:
    """Close the shop after its name was typed; erased after the grace period."""
    form = CloseForm(request.POST, shop_name=request.tenant.name)
    if not form.is_valid():
        return _page(request, _form(request), close_form=form)
    try:
        shop.close_shop(request.tenant.pk, actor=staff_actor(request), at=timezone.now())
        messages.warning(request, _("The shop is closed. You can change your mind until it is erased."))
    except WrongState as refusal:
        messages.error(request, str(refusal))
    return redirect("backoffice:settings")


@require("shop.close")
@require_POST
def keep_shop(request: HttpRequest) -> HttpResponse:
    """Cancel the closing."""
    try:
        shop.keep_shop(request.tenant.pk, actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("Welcome back. The shop is open again."))
    except WrongState as refusal:
        messages.error(request, str(refusal))
    return redirect("backoffice:settings")


@require("settings.edit")
def _save(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    if not form.is_valid():
        return _page(request, form)
    try:
        shop.change_shop(request.tenant.pk, form.cleaned_data, actor=staff_actor(request), at=timezone.now())
    except shop.CurrencyIsFixed:  # the first order arrived meanwhile
        form.add_error("currency", _("There are orders in the present currency by now."))
        return _page(request, form)
    messages.success(request, _("Saved."))
    return redirect("backoffice:settings")


def _form(request: HttpRequest) -> ShopForm:
    merchant = Merchant.objects.get(pk=request.tenant.pk)
    stored = {field: getattr(merchant, field) for field in shop.CHANGEABLE}
    data = request.POST if request.method == "POST" and "brand_colour" in request.POST else None
    form = ShopForm(data, initial=stored, currency_is_fixed=shop.currency_is_fixed())
    assert isinstance(request.user, User)
    if not may(request.user, "settings.edit"):
        for field in form.fields.values():
            field.disabled = True
    return form


def _page(request: HttpRequest, form: ShopForm, close_form: CloseForm | None = None) -> HttpResponse:
    merchant = Merchant.objects.get(pk=request.tenant.pk)
    context = {
        "form": form,
        "merchant": merchant,
        "close_form": close_form or CloseForm(shop_name=merchant.name),
        "close_open": close_form is not None,
        "address": merchant.url("/"),
        "preview": _preview(form["brand_colour"].value()),
        "domains": list(merchant.domains.order_by("-is_primary", "domain")),
    }
    status = 422 if form.errors or (close_form and close_form.errors) else 200
    return render(request, "backoffice/settings.html", context, status=status)


def _preview(text: str) -> colour.Brand | None:
    try:
        return colour.brand(colour.parse(text))
    except colour.NotAColour:
        return None
