"""What a visitor of the public site fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from config import places
from config.mailable import check_mailable
from staff.forms import NameField, password_field
from staff.models import User


class SignUpForm(forms.Form):
    """A shop and its owner."""

    shop = NameField(
        label=_("Name of the shop"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("Your e-mail"),
        max_length=254,
        validators=[check_mailable],
        widget=forms.EmailInput(attrs={"autocomplete": "username", "inputmode": "email"}),
    )
    password = password_field()
    country = forms.ChoiceField(
        label=_("Country"), choices=places.country_choices, help_text=_("Currency and time zone follow from it.")
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For you and your customers. Everybody can choose another."),
    )
    # What the browser's clock says; counts only when it is a zone of the country.
    time_zone = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput(attrs={"data-time-zone": True}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            try:
                validate_password(
                    cleaned["password"], User(email=cleaned.get("email", ""), name=cleaned.get("shop", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class FindForm(forms.Form):
    """The address of a shop, however a person remembers it."""

    address = forms.CharField(
        label=_("Address of the shop"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
