"""The reports beside each other: their tabs, each for who may open it."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from staff.models import User
from staff.permissions import may

REPORTS = [
    ("liability", "liability.view", _("Liability")),
    ("exports", "exports.run", _("Exports")),
]


def report_tabs(request: HttpRequest) -> list[dict[str, object]]:
    """For <c-ui.tabs>; the one that is open is marked."""
    assert isinstance(request.user, User)
    return [
        {"url": reverse(f"backoffice:{name}"), "label": label, "current": request.path == reverse(f"backoffice:{name}")}
        for name, capability, label in REPORTS
        if may(request.user, capability)
    ]
