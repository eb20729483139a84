"""The shop's settings, and the words that close it."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from config import colour, places
from staff.forms import NameField

# The preview beside the colour follows while one chooses.
LIVE = {"hx-get": "/backoffice/settings/colour/", "hx-target": "#colour", "hx-trigger": "input changed delay:200ms"}


class ShopForm(forms.Form):
    """What the owner may change. The currency is fixed once orders exist."""

    name = NameField(label=_("Name of the shop"), max_length=100, help_text=_("Your customers see it everywhere."))
    country = forms.ChoiceField(label=_("Country"), choices=places.country_choices)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For everybody who has not chosen one, and for mails."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=places.time_zone_choices,
        help_text=_("Days begin and points expire by this clock."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=places.currency_choices)
    brand_colour = forms.CharField(
        label=_("Your colour"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color", **LIVE}),
        help_text=_("For buttons, links and the card of your members."),
    )
    point_unit = NameField(
        label=_("Name for points"),
        max_length=12,
        help_text=_("Stands behind every number: 1,200 P. A short word is fine too."),
    )

    def __init__(self, *args: Any, currency_is_fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if currency_is_fixed:
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = _("Fixed, because there are orders in this currency.")

    def clean_brand_colour(self) -> str:
        try:
            return str(colour.parse(self.cleaned_data["brand_colour"]))
        except colour.NotAColour as error:
            raise forms.ValidationError(str(error)) from None


class CloseForm(forms.Form):
    """The name of the shop, typed again."""

    name = NameField(
        label=_("Type the name of the shop"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, shop_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "close_%s"  # the settings on the same page have a name too
        self.shop_name = shop_name

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if _comparable(typed) != _comparable(self.shop_name):
            raise forms.ValidationError(_t("That is not the name of the shop: %(name)s") % {"name": self.shop_name})
        return typed


def _comparable(name: str) -> str:
    """Hangul typed on a Mac may arrive decomposed; it is the same name."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
