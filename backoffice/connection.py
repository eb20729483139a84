"""What is known of a connection right now, for its pages: facts, advice, and what is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from customers.models import Order
from storefront import refusals, subscriptions, untold
from storefront.advice import JUDGED, Advice, Facts, advice
from storefront.credentials import credentials_of
from storefront.models import Delivery, Store
from storefront.platforms import PLATFORMS
from storefront.platforms.interface import FOR_A_PERSON, MESSAGES
from storefront.stores import valid_secrets
from storefront.widgets import widget_of

NO_LONGER_ASKED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do for a connection to be complete."""

    title: str
    text: str
    done: bool
    href: str = ""
    action: str = ""


def latest_of(store: Store, count: int = JUDGED) -> list[Delivery]:
    """The newest deliveries, each knowing whether it was a test order."""
    found = list(Delivery.objects.filter(store=store).order_by("-id").defer("body")[:count])
    orders = [delivery.order_id for delivery in found if delivery.order_id]
    tests = set(Order.objects.filter(pk__in=orders, test=True).values_list("pk", flat=True)) if orders else set()
    for delivery in found:
        delivery.is_test = delivery.order_id in tests  # type: ignore[attr-defined]
    return found


def advice_for(store: Store, latest: list[Delivery], *, at: datetime) -> list[Advice]:
    """What to tell the merchant about this connection."""
    found = subscriptions.state(store)
    facts = Facts(
        kind=store.kind,
        shop_domain=str(store.settings.get("shop_domain", "")),
        has_secret=bool(valid_secrets(store, at)),
        disconnected=store.disconnected_at is not None,
        refusals=refusals.lately(store.public_id, at=at),
        elsewhere=refusals.lately(refusals.NOWHERE, at=at),
        latest=latest,
        stopped=_stopped(found) if found else (),
        api_trouble=MESSAGES[found.trouble] if found and found.trouble in FOR_A_PERSON else "",
        untold=_untold(store, at),
        at=at,
    )
    return advice(facts)


def _untold(store: Store, at: datetime) -> str:
    """Why rules by collection or tag do not work; nothing when no rule has asked for a long time."""
    known = untold.untold(store)
    return MESSAGES.get(known.code, "") if known and at - known.tried_at < NO_LONGER_ASKED else ""


def _stopped(found: subscriptions.State) -> tuple[str, ...]:
    """Webhooks that used to come: those that are switched off, and those that were taken away."""
    return (*found.stopped, *(found.missing if found.registered else ()))


def steps_of(store: Store, latest: list[Delivery], *, at: datetime) -> list[Step]:
    """What makes this connection complete, done or not."""
    guide = reverse("backoffice:store_connect", args=[store.public_id])
    secret, arrived = bool(valid_secrets(store, at)), bool(latest)
    steps = [
        Step(_("Enter the signing secret"), _("It proves that news really comes from your shop."), secret, guide),
        Step(
            _("Receive the first delivery"), _("Make the webhooks in your shop system, step by step."), arrived, guide
        ),
    ]
    if store.kind in PLATFORMS:
        has_key = bool(credentials_of(store))
        title, text = _("Enter a key for the shop's API"), _("For past orders, and to compare both sides every night.")
        steps.append(Step(title, text, has_key, guide + "#api"))
        if has_key and (history := link_to("store_history", store)):
            pulled = store.pulls.filter(purpose="history").exclude(state="failed").exists()
            steps.append(Step(_("Bring in past orders"), _("Customers and orders from before."), pulled, history))
    widget = reverse("backoffice:store_widget", args=[store.public_id])
    on = widget_of(store).is_on
    steps.append(Step(_("Show points in your online shop"), _("A small button that opens the portal."), on, widget))
    return steps


def link_to(name: str, store: Store) -> str:
    """The address of another page about this store, or nothing where there is none."""
    try:
        return reverse(f"backoffice:{name}", args=[store.public_id])
    except NoReverseMatch:
        return ""
