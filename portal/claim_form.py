"""What a member types to claim missing points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from config.money import decimals
from loyalty import receipts


class Told(TypedDict):
    """As loyalty.claims.file takes it."""

    number: str
    bought_on: date
    amount_minor: int | None
    note: str
    photo: receipts.Picture | None


class ClaimForm(forms.Form):
    """Which purchase, with the order's number or a photo of the receipt."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=60,
        required=False,
        help_text=_("It stands in the order's mail or on the receipt."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    photo = forms.FileField(
        label=_("Photo of the receipt"),
        required=False,
        help_text=_("JPEG, PNG or WebP, up to 8 MB. Only the shop sees it; where it was taken is removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"empty": receipts.PROBLEMS["empty"]},
    )
    bought_on = forms.DateField(
        label=_("Day of the purchase"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("Enter the day."), "invalid": _("Enter a date such as 2026-05-31.")},
    )
    amount = forms.DecimalField(
        label=_("Amount you paid"),
        required=False,
        min_value=0,
        max_digits=12,
        error_messages={"invalid": _("Enter the amount in digits.")},
    )
    note = forms.CharField(
        label=_("Anything else"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.today = currency, today
        places = decimals(currency)
        self.fields["amount"].decimal_places = places  # type: ignore[attr-defined]
        self.fields["amount"].widget.attrs |= {
            "step": str(Decimal(1).scaleb(-places)),
            "inputmode": "decimal" if places else "numeric",
        }
        self.fields["bought_on"].widget.attrs["max"] = today.isoformat()

    def clean_number(self) -> str:
        number = "".join(c for c in self.cleaned_data["number"] if c.isprintable())
        return " ".join(number.split())

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).strip()

    def clean_photo(self) -> receipts.Picture | None:
        """The photo without what it tells besides the picture."""
        file = self.cleaned_data["photo"]
        if not file:
            return None
        try:
            return receipts.read(file, file.size)
        except receipts.NotAPhoto as refused:
            raise forms.ValidationError(refused.message) from refused

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        with_photo_alone = told.get("photo") and not told.get("number")
        if with_photo_alone and told.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount, so that the shop finds the purchase."))
        return told

    def told(self) -> Told:
        """What the member says, money in minor units."""
        cleaned = self.cleaned_data
        amount: Decimal | None = cleaned["amount"]
        return {
            "number": cleaned["number"],
            "bought_on": cleaned["bought_on"],
            "amount_minor": None if amount is None else int(amount.scaleb(decimals(self.currency))),
            "note": cleaned["note"],
            "photo": cleaned["photo"],
        }
