"""The backoffice's navigation: what this person may open, where they are, and what waits there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from loyalty.claims import open_claims
from staff.models import User
from staff.permissions import may
from storefront.models import Delivery
from webhooks.endpoints import paused_by_us

# Route name, capability, label, icon (Lucide).
PLACES = [
    ("home", "dashboard.view", _("Home"), "house"),
    ("till", "till.use", _("Till"), "scan-line"),
    ("customers", "customers.view", _("Customers"), "users"),
    ("orders", "customers.view", _("Orders"), "shopping-bag"),
    ("claims", "claims.decide", _("Missing points"), "search-check"),
    ("redemptions", "rewards.view", _("Rewards"), "gift"),
    ("programme", "programme.view", _("Programme"), "sparkles"),
    ("liability", "liability.view", _("Reports"), "chart-column"),
    ("stores", "stores.view", _("Storefronts"), "plug"),
    ("developers", "api.view", _("Developers"), "code"),
    ("staff", "staff.view", _("Staff"), "id-card"),
    ("settings", "settings.view", _("Settings"), "settings"),
    ("audit", "audit.view", _("Audit trail"), "scroll-text"),
]
# Pages that belong to an item without lying below its address.
ALSO = {
    "liability": ("/backoffice/exports/",),
    "stores": ("/backoffice/deliveries/",),
    "customers": ("/backoffice/imports/",),
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One item of the navigation; `badge` counts what waits there (0: none)."""

    url: str
    label: str
    icon: str
    current: bool
    badge: int = 0


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: the items for the signed-in staff member, on pages of a shop that staff see."""
    user = getattr(request, "user", None)
    if not request.path.startswith(("/backoffice/", "/account/")) or not isinstance(user, User):
        return {}
    if request.tenant.schema_name == "public":
        return {}
    return {"nav": SimpleLazyObject(lambda: items(user, request.path))}


def items(user: User, path: str) -> list[NavItem]:
    """The navigation for this person at this address."""
    places = [place for place in PLACES if may(user, place[1])]
    waiting = _waiting({name for name, *_rest in places})
    return [
        NavItem(url, str(label), icon, _is_at(name, url, path), badge=waiting[name])
        for name, _capability, label, icon in places
        if (url := reverse(f"backoffice:{name}"))
    ]


def _is_at(name: str, url: str, path: str) -> bool:
    if name == "home":
        return path == url
    return path.startswith((url, *ALSO.get(name, ())))


def _waiting(names: Collection[str]) -> Counter[str]:
    """What waits at these places, counted up to 100 each. Every page asks this: it is one query for them all."""
    asked = [_marked(name, WAITING[name]()) for name in WAITING if name in names]
    return Counter(asked[0].union(*asked[1:], all=True)) if asked else Counter()


def _marked(name: str, waiting: QuerySet[Any]) -> QuerySet[Any, str]:
    return waiting.order_by().values_list(Value(name), flat=True)[:100]


def _given_up() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.DEAD)


# What waits for a person at a place of the navigation.
WAITING: dict[str, Callable[[], QuerySet[Any]]] = {
    "claims": open_claims,
    "stores": _given_up,
    "developers": paused_by_us,
}
