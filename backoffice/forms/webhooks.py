"""What staff type in about an outgoing webhook."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webhooks.endpoints import MOST, WrongEndpoint
from webhooks.models import Endpoint
from webhooks.types import TYPES, EventType, grouped

ALL, SOME = "all", "some"
WRONG = {
    "scheme": gettext_lazy("The address must begin with https://."),
    "port": gettext_lazy("This port is not allowed. Allowed are: {ports}."),
    "userinfo": gettext_lazy("Leave user name and password out of the address: messages carry a signature instead."),
    "private_address": gettext_lazy("This address leads into a private network. It must be reachable on the internet."),
    "unresolvable": gettext_lazy("Nobody knows this name. Check how it is spelled."),
    "malformed": gettext_lazy("This is no address. It looks like https://example.com/webhooks."),
    "timeout": gettext_lazy("Looking up the name took too long. Try again in a moment."),
    "taken": gettext_lazy("There is a webhook with this address already."),
    "too_many": gettext_lazy("A shop can have {most} webhooks. Delete one that is not needed."),
    "unknown_type": gettext_lazy("Choose from the list."),
}


class WebhookForm(forms.Form):
    """An endpoint: where it is, what to call it, what it hears of."""

    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=2000,
        help_text=gettext_lazy("Where your program listens, for example https://example.com/webhooks."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=200, required=False,
        help_text=gettext_lazy("What it is for, for example “Accounting”."),
    )  # fmt: skip
    scope = forms.ChoiceField(
        choices=[(ALL, gettext_lazy("Everything")), (SOME, gettext_lazy("Only what I choose"))], initial=ALL
    )
    types = forms.MultipleChoiceField(choices=[(name, kind.title) for name, kind in TYPES.items()], required=False)

    def clean(self) -> dict[str, Any]:
        """Choosing means choosing at least one."""
        cleaned = super().clean() or {}
        if cleaned.get("scope") == ALL:
            cleaned["types"] = []
        elif "types" in cleaned and not cleaned["types"]:
            self.add_error("types", _("Choose at least one kind of news."))
        return cleaned

    def refuse(self, error: WrongEndpoint) -> None:
        """Say in words why the endpoint cannot be so."""
        ports = ", ".join(str(port) for port in settings.EGRESS_PORTS)
        self.add_error(error.field or None, str(WRONG[error.code]).format(ports=ports, most=MOST))

    def groups(self) -> list[tuple[str, list[tuple[EventType, bool]]]]:
        """The kinds of news by heading, each with whether it is chosen."""
        chosen = set(self["types"].value() or [])
        return [(heading, [(kind, kind.name in chosen) for kind in kinds]) for heading, kinds in grouped()]


def initial_of(endpoint: Endpoint) -> dict[str, Any]:
    """What the form shows of an endpoint."""
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "scope": SOME if endpoint.types else ALL,
        "types": endpoint.types,
    }
