"""What staff type in about a customer."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.templatetags.backoffice import phone
from customers.addresses import normalise_email, normalise_phone
from customers.models import Customer
from customers.profiles import Particulars

MOST_POINTS = 1_000_000_000
REASONS = [
    ("goodwill", _("Goodwill")),
    ("missing_order", _("An order was not counted")),
    ("correction", _("Correcting a mistake")),
    ("event", _("Event or gift")),
    ("other", _("Something else")),
]


class ProfileForm(forms.Form):
    """A customer's details. At least one of name, e-mail and phone."""

    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    birthday = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    reason = forms.CharField(
        label=_("Why the birthday changes"), max_length=200, required=False,
        help_text=_("Needed when a birthday that is known is changed: points for birthdays go by it."),
    )  # fmt: skip

    def __init__(self, *args: Any, country: str, known: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country, self.known = country, known
        if known is None or known.birthday is None:
            del self.fields["reason"]
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = [("", _("As the shop")), *settings.LANGUAGES]

    @classmethod
    def of(cls, customer: Customer, *, country: str) -> ProfileForm:
        """The form filled with what is known."""
        known = {name: getattr(customer, name) for name in cls.base_fields if name != "reason"}
        known["phone"] = phone(customer.phone, country)
        return cls(initial=known, country=country, known=customer)

    def clean_email(self) -> str:
        return normalise_email(str(self.cleaned_data["email"]))

    def clean_phone(self) -> str:
        """E.164, whatever the spaces and dashes."""
        text = str(self.cleaned_data["phone"]).strip()
        if not text:
            return ""
        phone = normalise_phone(text, self.country)
        if not phone:
            raise ValidationError(_("This is no phone number. Write it as you would dial it."))
        return phone

    def clean_birthday(self) -> date | None:
        birthday: date | None = self.cleaned_data["birthday"]
        if birthday and not date(1900, 1, 1) <= birthday <= timezone.localdate():
            raise ValidationError(_("A birthday lies in the past."))
        return birthday

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(name) for name in ("name", "email", "phone")):
            raise ValidationError(_("Give at least a name, an e-mail address or a phone number."))
        if self._changes_birthday(cleaned) and not cleaned.get("reason"):
            self.add_error("reason", _("Say in a few words why."))
        return cleaned

    def _changes_birthday(self, cleaned: dict[str, Any]) -> bool:
        """Whether a birthday that is known becomes another, or none."""
        asked = "reason" in self.fields and "birthday" in cleaned
        return asked and self.known is not None and cleaned["birthday"] != self.known.birthday

    @property
    def particulars(self) -> Particulars:
        """What was typed, as the domain takes it."""
        data = self.cleaned_data
        return Particulars(
            name=data["name"],
            email=data["email"],
            phone=data["phone"],
            language=data["language"],
            birthday=data["birthday"],
        )


class AdjustForm(forms.Form):
    """Points to give or take, and why."""

    direction = forms.ChoiceField(
        choices=[("give", _("Give points")), ("take", _("Take points"))], initial="give", widget=forms.RadioSelect
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=MOST_POINTS, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    note = forms.CharField(
        label=_("In your words"), max_length=200, required=False, help_text=_("The member sees the reason and this.")
    )
    # One key per opened form: pressed twice, the points move once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == "other" and not cleaned.get("note"):
            self.add_error("note", _("Say in a few words why."))
        return cleaned

    @property
    def signed_points(self) -> int:
        """The points as a change: positive given, negative taken."""
        sign = 1 if self.cleaned_data["direction"] == "give" else -1
        return sign * int(self.cleaned_data["points"])

    @property
    def reason_text(self) -> str:
        """The reason as it will stand in the history."""
        note = str(self.cleaned_data["note"]).strip()
        if self.cleaned_data["reason"] == "other":
            return note
        label = str(dict(REASONS)[self.cleaned_data["reason"]])
        return f"{label}: {note}" if note else label


class NoteForm(forms.Form):
    """Something worth remembering about a customer, for the staff only."""

    text = forms.CharField(
        label=_("Note"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": _("A note that only your staff can read")}),
    )
