"""What every portal page knows besides the shell: its bottom bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the bottom bar."""

    url: str
    label: str
    icon: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav` for a signed-in shopper; nothing on other pages."""
    if getattr(request, "shopper", None) is None:
        return {}
    places = (
        ("home", _("Home"), "house"),
        ("history", _("History"), "list"),
        ("card", _("Card"), "qr-code"),
        ("me", _("Me"), "user-round"),
    )
    return {"nav": [_item(request.path, name, label, icon) for name, label, icon in places]}


def _item(path: str, name: str, label: str, icon: str) -> NavItem:
    url = reverse(f"portal:{name}")
    current = path == url or (name != "home" and path.startswith(url))
    return NavItem(url, label, icon, current)
