"""What every portal page knows besides the shell: its bottom bar, and the button that shows the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _

# Pages that belong to a place without lying below its address.
ALSO = {"rewards": ("codes/",), "me": ("history/", "claims/", "expiry/"), "earn": ("visit/", "stamps/", "tier/")}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the bottom bar."""

    url: str
    label: str
    icon: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav` and `card_item` for a signed-in shopper; nothing on other pages."""
    if getattr(request, "shopper", None) is None:
        return {}
    places = (
        ("home", _("Home"), "house"),
        ("earn", _("Ways to earn"), "coins"),
        ("rewards", _("Rewards"), "gift"),
        ("me", _("Me"), "user-round"),
    )
    return {
        "nav": [_item(request.path, name, label, icon) for name, label, icon in places],
        "card_item": _item(request.path, "card", _("Show my QR"), "qr-code"),
    }


def _item(path: str, name: str, label: str, icon: str) -> NavItem:
    url, root = reverse(f"portal:{name}"), get_script_prefix()
    below = (url, *(root + also for also in ALSO.get(name, ())))
    return NavItem(url, label, icon, path == url or (name != "home" and path.startswith(below)))
