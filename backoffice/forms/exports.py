"""What is to be exported, how, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.exporting import FORMATS, LISTS


class ExportForm(forms.Form):
    """One export. `may_unmask`: whether this person may have people's data unmasked."""

    kind = forms.ChoiceField(label=_("What?"), choices=[(kind, listed.label) for kind, listed in LISTS.items()])
    format = forms.ChoiceField(
        label=_("As what?"), choices=list(FORMATS.items()), widget=forms.RadioSelect, initial="xlsx"
    )
    reason = forms.CharField(
        label=_("Reason for the export"), max_length=200, min_length=3,
        help_text=_("It stands in the audit trail beside your name."),
    )  # fmt: skip
    unmasked = forms.BooleanField(
        label=_("Show names, addresses and codes in full"), required=False,
        help_text=_("Otherwise only their first letters or last figures. You confirm your password for it."),
    )  # fmt: skip
    query = forms.CharField(widget=forms.HiddenInput, max_length=2000, required=False)

    def __init__(self, *args: Any, may_unmask: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_unmask:
            del self.fields["unmasked"]
