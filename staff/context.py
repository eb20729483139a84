"""What templates know about the signed-in person: `{% if can.customers_edit %}`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from staff import addresses
from staff.models import User
from staff.permissions import CAPABILITIES, may

CONFIRMED = "confirmed_email"


class Can:
    """The capabilities of one user as attributes, dots written as underscores."""

    def __init__(self, user: object) -> None:
        self._user = user if isinstance(user, User) else None

    def __getattr__(self, name: str) -> bool:
        capability = name.replace("_", ".", 1)
        if capability not in CAPABILITIES:
            raise AttributeError(name)
        return self._user is not None and may(self._user, capability)


def can(request: HttpRequest) -> dict[str, Any]:
    """`can`: what the person behind this request may do."""
    return {"can": Can(getattr(request, "user", None))}


def confirmation(request: HttpRequest) -> dict[str, Any]:
    """`must_confirm_email`: whether to nag. Once confirmed, the session knows."""
    return {"must_confirm_email": SimpleLazyObject(lambda: _must_confirm(request))}


def _must_confirm(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or request.session.get(CONFIRMED) == user.email:
        return False
    if addresses.is_verified(user):
        request.session[CONFIRMED] = user.email
        return False
    return True
