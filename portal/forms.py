"""What shoppers type."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.mailable import check_mailable
from customers.identities import normalise_email
from customers.profiles import Particulars
from portal.codes import DIGITS


class AddressForm(forms.Form):
    """Where to send the code."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        validators=[check_mailable],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("This does not look like an e-mail address. Check it, for example name@example.com."),
        },
    )

    def clean_email(self) -> str:
        address = normalise_email(self.cleaned_data["email"])
        if not address:
            raise forms.ValidationError(self.fields["email"].error_messages["invalid"])
        return address


class CodeForm(forms.Form):
    """The code from the mail, also pasted with spaces or dashes, or typed in full-width digits."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "class": "is-code",
                "maxlength": False,
            }
        ),
        error_messages={"required": _("Enter the code from the mail.")},
    )

    def clean_code(self) -> str:
        plain = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        code = re.sub(r"[\s.\-‐-―·_]", "", plain)
        if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", code):
            raise forms.ValidationError(_("The code has six digits."))
        return code


def birthday_field(today: date, *, required: bool) -> forms.DateField:
    """A birthday up to `today`."""
    attributes = {"type": "date", "autocomplete": "bday", "min": "1900-01-01", "max": today.isoformat()}
    return forms.DateField(
        label=_("Birthday"),
        required=required,
        input_formats=["%Y-%m-%d"],
        help_text=_("You can set it once. Later only the shop can correct it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs=attributes),
        error_messages={"invalid": _("Enter a date such as 1990-05-31."), "required": _("Enter your birthday.")},
    )


def check_birthday(birthday: date | None, today: date) -> None:
    """Raise ValidationError for a day on which nobody who shops was born."""
    if birthday and not date(1900, 1, 1) <= birthday <= today:
        raise forms.ValidationError(_("Enter a date between 1900 and today."))


class BirthdayForm(forms.Form):
    """The birthday alone."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["birthday"] = birthday_field(today, required=True)

    def clean_birthday(self) -> date:
        birthday: date = self.cleaned_data["birthday"]
        check_birthday(birthday, self.today)
        return birthday


class ProfileForm(forms.Form):
    """Name, language and, until it is stated, the birthday."""

    name = forms.CharField(
        label=_("Name"), max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, error_messages={"invalid_choice": _("Choose a language.")}
    )

    def __init__(self, *args: Any, birthday_locked: bool, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if not birthday_locked:
            self.fields["birthday"] = birthday_field(today, required=False)

    def told(self) -> Particulars:
        """What the member states besides the birthday, which is entered once: loyalty.occasions."""
        return {"name": self.cleaned_data["name"], "language": self.cleaned_data["language"]}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_birthday(self) -> date | None:
        birthday: date | None = self.cleaned_data["birthday"]
        check_birthday(birthday, self.today)
        return birthday
