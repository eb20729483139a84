"""Connecting a storefront, step by step: choosing its kind, what to click there, what to copy, and the waiting."""

from __future__ import annotations

import secrets as random

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice import secrets
from backoffice.connection import advice_for, latest_of, link_to
from backoffice.forms.stores import KeyForm, SecretForm, StoreForm
from backoffice.fragments import is_htmx
from backoffice.guides import GUIDES, Guide
from backoffice.pages.allowing import allowed_url, lacks_consent
from staff.actors import staff_actor
from staff.permissions import require
from storefront import asking, refusals, snippets, stores, subscriptions
from storefront.connectors import CONNECTORS
from storefront.credentials import credentials_of, keep_credentials
from storefront.models import Delivery, Store
from storefront.platforms import PLATFORMS, PlatformError, ShopFacts

PLACEHOLDER = "whsec_..."  # stands in the snippets when the secret is not to be shown
FEW = 5
# Seconds until the page asks again, and how often at that pace: a quarter of an hour in all, then a person asks.
PACES = ((2, 15), (5, 12), (15, 20), (30, 16))


@require("stores.edit")
def choose(request: HttpRequest) -> HttpResponse:
    """Which kind of storefront."""
    return render(request, "backoffice/store_choose.html", {"guides": GUIDES.values()})


@require("stores.edit")
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Name it; the steps follow, with its address and secret."""
    guide = _guide(kind)
    form = StoreForm(request.POST if request.method == "POST" else None, kind=kind, initial={"name": guide.name})
    if not form.is_valid():
        context = {"form": form, "guide": guide}
        return render(request, "backoffice/store_new.html", context, status=422 if form.is_bound else 200)
    store, secret = stores.create_store(
        kind=kind,
        name=form.cleaned_data["name"],
        settings=form.settings,
        secret=made_here(kind),
        actor=staff_actor(request),
        at=timezone.now(),
    )
    secrets.keep_for_next_page(request, store, secret)
    return redirect("backoffice:store_connect", store.public_id)


@require("stores.edit")
def guide(request: HttpRequest, public_id: str) -> HttpResponse:
    """The steps of this storefront, with what to copy and what to paste, and what has arrived."""
    return _page(request, _connected(public_id))


@require("stores.view")
def arrivals(request: HttpRequest, public_id: str) -> HttpResponse:
    """What arrived, and what is wrong: asked for again and again while the page waits, ever more slowly."""
    store = get_object_or_404(Store, public_id=public_id)
    if not is_htmx(request):
        return redirect("backoffice:store", public_id)
    context = {**arrivals_of(store, _asked(request)), "has_just_arrived": True}
    return render(request, "backoffice/store_arrivals.html", context)


@require_POST
@require("stores.edit")
def secret(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take the secret that the shop system made. One entered before goes on working for a day."""
    store = _connected(public_id)
    form = SecretForm(request.POST, kind=store.kind)
    if form.is_valid():
        try:
            at = timezone.now()
            stores.rotate_secret(store, secret=form.cleaned_data["secret"], actor=staff_actor(request), at=at)
        except stores.WrongSecret:
            form.add_error("secret", _("This is no signing secret. Copy it from your shop system again."))
    if not form.is_valid():
        return _page(request, store, secret_form=form, status=422)
    refusals.forget(store.public_id)
    messages.success(request, _("Secret saved."))
    return redirect("backoffice:store_connect", public_id)


@require_POST
@require("stores.edit")
def keys(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep the keys for the platform's API, and try them at once."""
    store = _connected(public_id)
    if store.kind not in PLATFORMS:
        raise Http404
    form = KeyForm(request.POST, kind=store.kind)
    if not form.is_valid():
        return _page(request, store, key_form=form, status=422)
    keep_credentials(store, form.cleaned_data, actor=staff_actor(request), at=timezone.now())
    if lacks_consent(store):
        messages.success(request, _("Saved. Now let the app into the mall."))
        return redirect("backoffice:store_connect", store.public_id)
    return _try(request, store)


@require_POST
@require("stores.edit")
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask the platform who the shop is."""
    return _try(request, _connected(public_id))


@require_POST
@require("stores.edit")
def register(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have the platform send its news here, without the merchant's clicking."""
    store = _connected(public_id)
    try:
        found = subscriptions.subscribe(store, actor=staff_actor(request), at=timezone.now())
    except PlatformError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, _("Registered there: {topics}").format(topics=", ".join(found.active) or "–"))
    return redirect("backoffice:store_connect", public_id)


def arrivals_of(store: Store, asked: int = 0) -> dict[str, object]:
    """The latest deliveries and the advice, and when to ask again (0: no more)."""
    at, latest = timezone.now(), latest_of(store)
    settled = any(delivery.state != Delivery.State.NEW for delivery in latest)
    waiting = not settled and not store.disconnected_at
    return {
        "store": store,
        "deliveries": latest[:FEW],
        "advice": advice_for(store, latest, at=at),
        "waiting": waiting,
        "pause": _pause(asked) if waiting else 0,
        "asked": asked + 1,
    }


def secret_is_ours(kind: str) -> bool:
    """Whether the secret is made here and copied there: of WooCommerce too, which takes any."""
    return CONNECTORS[kind].SECRET_IS_OURS or kind == Store.Kind.WOOCOMMERCE


def snippets_of(store: Store, shown: str) -> dict[str, str]:
    """Programs that send a first order, ready to run; only for programs."""
    if store.kind != Store.Kind.GENERIC:
        return {}
    known = shown or PLACEHOLDER
    return {"curl": snippets.curl_snippet(store, known), "python": snippets.python_snippet(store, known)}


def made_here(kind: str) -> str:
    """A secret for a kind that takes any, which the connector does not make; empty for the others."""
    return random.token_urlsafe(32) if kind == Store.Kind.WOOCOMMERCE else ""


def _page(
    request: HttpRequest,
    store: Store,
    *,
    secret_form: SecretForm | None = None,
    key_form: KeyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = secrets.shown_once(request, store)
    platform = PLATFORMS.get(store.kind)
    context = {
        **arrivals_of(store),
        "guide": GUIDES[store.kind],
        "hook_url": stores.hook_url(store),
        "allowed_url": allowed_url(request),
        "lacks_consent": lacks_consent(store),
        "secret": shown,
        "has_secret": bool(stores.valid_secrets(store, timezone.now())),
        "secret_is_ours": secret_is_ours(store.kind),
        "secret_form": secret_form or SecretForm(kind=store.kind),
        "snippets": snippets_of(store, shown),
        "has_api": platform is not None,
        "has_keys": bool(credentials_of(store)),
        "key_form": key_form or KeyForm(kind=store.kind),
        "can_register": platform is not None and platform.reader.SUBSCRIBES,  # type: ignore[attr-defined]
        "history_url": link_to("store_history", store),
        "agreement_url": link_to("store_agreement", store),
    }
    return render(request, "backoffice/store_connect.html", context, status=status)


def _try(request: HttpRequest, store: Store) -> HttpResponse:
    """Ask who the shop is, and say so or what is wrong."""
    try:
        with asking.asking(store, at=timezone.now()) as reader:
            shop = reader.check()
    except PlatformError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, _("The key works. The shop is: {name}").format(name=shop.name or shop.url or "–"))
        subscriptions.check(store, at=timezone.now())
        if warning := _currency_differs(request, shop):
            messages.warning(request, warning)
    return redirect("backoffice:store_connect", store.public_id)


def _told(error: PlatformError) -> str:
    """What is wrong in the merchant's language, with the platform's own words after it."""
    words = _(error.message)
    return f"{words} ({error.detail})" if error.detail else words


def _currency_differs(request: HttpRequest, shop: ShopFacts) -> str:
    ours = request.tenant.currency
    if not shop.currency or shop.currency == ours:
        return ""
    words = _("The shop sells in {theirs}, but points are counted in {ours}. Its orders earn no points.")
    return words.format(theirs=shop.currency, ours=ours)


def _connected(public_id: str) -> Store:
    return get_object_or_404(Store, public_id=public_id, disconnected_at=None)


def _guide(kind: str) -> Guide:
    if kind not in GUIDES:
        raise Http404
    return GUIDES[kind]


def _asked(request: HttpRequest) -> int:
    text = request.GET.get("asked", "")[:4]
    return int(text) if text.isdecimal() and text.isascii() else 0


def _pause(asked: int) -> int:
    """Seconds until the page asks for the next time after so many; 0 when it is a person's turn."""
    for seconds, times in PACES:
        if asked < times:
            return seconds
        asked -= times
    return 0
