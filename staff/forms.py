"""What staff fill in about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from config.mailable import check_mailable
from staff import pins
from staff.models import Role, User


class NameField(forms.CharField):
    """A name on one line: runs of spaces and line breaks become one space, so that it fits a mail's subject."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


def password_field() -> forms.CharField:
    """A new password, typed once: managers fill it in, and a reset is one mail away."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    help_text = _("At least 10 characters. A few words in a row are easy to remember.")
    return forms.CharField(label=_("Password"), max_length=128, strip=False, widget=widget, help_text=help_text)


class JoinForm(forms.Form):
    """Name and password of a person who was invited."""

    name = NameField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    password = password_field()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class AccountForm(forms.Form):
    """A person's own name and language."""

    name = NameField(
        label=_("Your name"), max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the shop")), *settings.LANGUAGES],
        help_text=_("For the pages you see and the mails you get."),
    )


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        validators=[check_mailable],
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CASHIER)


class PinForm(forms.Form):
    """A new PIN, typed once: whoever mistypes it sets another."""

    pin = forms.CharField(
        label=_("PIN"),
        max_length=pins.MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}),
        help_text=_("Four to six digits, not a run such as 1234 and not one digit over and over."),
    )

    def clean_pin(self) -> str:
        pin: str = self.cleaned_data["pin"]
        if pins.is_weak(pin):
            raise forms.ValidationError(_("Choose four to six digits that are harder to guess."))
        return pin
