"""What staff choose for an API key."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from api.keys import SCOPES

NEVER = "never"
EXPIRIES = {
    NEVER: _("Never"),
    "30": _("After 30 days"),
    "90": _("After 90 days"),
    "365": _("After a year"),
}
READING = [scope for scope in SCOPES if scope.endswith(":read")]


class KeyForm(forms.Form):
    """A new API key: what to call it, what it may do, how long."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Which program uses it, for example “Till” or “Accounting”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("live", _("Live")), ("test", _("For testing: everything is checked and answered, nothing is kept"))],
        initial="live",
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=list(SCOPES.items()), initial=READING, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )  # fmt: skip
    expiry = forms.ChoiceField(label=_("Expires"), choices=list(EXPIRIES.items()), initial=NEVER)

    def expires_at(self, at: datetime) -> datetime | None:
        """When a key made at that moment stops working; None: never."""
        chosen = self.cleaned_data["expiry"]
        return None if chosen == NEVER else at + timedelta(days=int(chosen))
