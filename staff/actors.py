"""Who acts. Every domain function that changes something is told, and the audit trail and ledger keep it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from staff.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or program that acts: kind is staff, shopper, store, system or operator."""

    kind: str
    id: int | None = None
    name: str = ""
    ip: str | None = None
    request_id: str = ""


SYSTEM = Actor("system", name="Dangol")


def staff_actor(request: HttpRequest) -> Actor:
    """The signed-in staff member behind a request."""
    user = request.user
    assert isinstance(user, User)
    return Actor("staff", user.pk, str(user), request.META.get("REMOTE_ADDR") or None, getattr(request, "id", ""))
