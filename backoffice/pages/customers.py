"""The list of members: find one, or those of whom something is true; add one by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import member_columns, member_words, views
from backoffice.duplicates import known_by
from backoffice.forms.customers import ProfileForm
from backoffice.forms.members import FilterForm, ViewForm
from backoffice.fragments import asks_for
from backoffice.member_list import members_page
from backoffice.member_words import Chip, tiers_of
from backoffice.views import View
from customers.models import Customer
from customers.profiles import add_customer
from customers.tagging import known_tags
from loyalty.finding import Wanted
from loyalty.programme import in_force
from loyalty.tier_rules import Tier
from staff.actors import staff_actor
from staff.models import User
from staff.permissions import require

TAGS_KEPT = 300  # seconds


@require("customers.view")
def page(request: HttpRequest) -> HttpResponse:
    """The list as the address asks for it; without a question, as this person's first view does."""
    assert isinstance(request.user, User)
    now = timezone.localtime()
    tiers = tiers_of(in_force(now))
    known = views.views_for(request.user, tiers)
    first = views.default_of(request.user)
    if not request.GET and (opening := next((view for view in known if view.key == first), None)):
        return redirect(request.path + opening.href)
    wanted = Wanted.read(request.GET.dict())
    customers = members_page(wanted, request.GET, at=now)
    context = {
        "customers": customers,
        "wanted": wanted,
        "tier_names": {tier.key: tier.label for tier in tiers},
        **_columns(request.user, wanted, has_tiers=bool(tiers)),
        "left_out": member_words.LEFT_OUT.get(wanted.order, ""),
        "is_filtered": bool(wanted.filters),
        "clear_url": f"{request.path}?view={views.ALL}",
        **_asked(wanted, tiers, request.tenant.point_unit),
        **_views(request, wanted, known, first),
    }
    template = "backoffice/customers.html" + ("#results" if asks_for(request, "results") else "")
    return render(request, template, context)


def _columns(user: User, wanted: Wanted, *, has_tiers: bool) -> dict[str, Any]:
    """Which columns this person sees, and which they can choose from."""
    shown = member_columns.shown(views.columns_of(user), sort=wanted.order, tiers=has_tiers)
    offered = [(name, label) for name, label in member_columns.COLUMNS.items() if has_tiers or name != "tier"]
    return {"columns": shown, "column_choices": [(name, label, name in shown) for name, label in offered]}


def _asked(wanted: Wanted, tiers: tuple[Tier, ...], unit: str) -> dict[str, Any]:
    """The questions: the form, each one that is set, the orders to choose from."""
    return {
        "form": FilterForm(wanted, tiers=tiers, tags=_tags()),
        "chips": [
            Chip(text, _address(member_words.without(wanted, name)))
            for name, text in member_words.chips(wanted, tiers, unit)
        ],
        "sorts": [
            {"href": _address(replace(wanted, sort=name)), "label": label, "current": name == wanted.order}
            for name, label in member_words.SORTS.items()
        ],
        "sort_label": member_words.SORTS[wanted.order],
        "query": urlencode(wanted.query),
    }


def _views(request: HttpRequest, wanted: Wanted, known: list[View], first: str) -> dict[str, Any]:
    """The views, the one that is open, and whether the list shows something else than it by now."""
    named = request.GET.get("view", "")
    current = next((view for view in known if view.key == named), None)
    same = next((view for view in known if dict(view.query) == wanted.query), None)
    current = current or same
    return {
        "views": [(one, current is not None and one.key == current.key) for one in known],
        "view": current,
        "view_is_first": current is not None and current.key == (first or views.ALL),
        "view_changed": current is not None and dict(current.query) != wanted.query,
        "view_form": ViewForm(initial={"query": urlencode(wanted.query)}, auto_id="view_%s"),
    }


def _address(wanted: Wanted) -> str:
    """The list with this question; the open view is left when nothing of it is left."""
    return "?" + urlencode(wanted.query or {"view": views.ALL})


def _tags() -> list[str]:
    """Tags in use, remembered for some minutes: a large shop needs a moment to tell."""
    return cache.get_or_set("known_tags", known_tags, TAGS_KEPT) or []


@require("customers.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Add a customer by hand, for example at the counter."""
    country = request.tenant.country
    form = ProfileForm(request.POST if request.method == "POST" else None, country=country)
    if not form.is_valid():
        return _form_page(request, form)
    if known := known_by(email=form.cleaned_data["email"], phone=form.cleaned_data["phone"]):
        return _form_page(request, form, known=known)
    with transaction.atomic():
        customer = add_customer(**form.particulars, country=country, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("Customer added."))
    return redirect("backoffice:customer", customer.pk)


def _form_page(request: HttpRequest, form: ProfileForm, known: Customer | None = None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/customer_new.html", {"form": form, "known": known}, status=status)
