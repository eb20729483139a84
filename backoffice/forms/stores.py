"""What staff type in about a storefront."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from storefront.models import Store

SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")


class StoreForm(forms.Form):
    """A new connection: what kind of storefront, and what to call it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Store.Kind.choices, initial=Store.Kind.GENERIC)
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What you call it, for example “Online shop” or “Till”.")
    )
    shop_domain = forms.CharField(
        label=_("Shopify address"), max_length=100, required=False,
        help_text=_("The address that ends in .myshopify.com."),
    )  # fmt: skip
    client_secret = forms.CharField(
        label=_("Shopify's signing secret"), max_length=200, required=False,
        help_text=_("Shown under Settings › Notifications › Webhooks. Leave it empty to add it later."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_shop_domain(self) -> str:
        """The bare host, whatever was pasted around it."""
        text = str(self.cleaned_data["shop_domain"]).strip().lower()
        host = re.sub(r"^https?://", "", text).split("/")[0]
        if host and not SHOP_DOMAIN.fullmatch(host):
            raise ValidationError(_("It ends in .myshopify.com, for example my-shop.myshopify.com."))
        return host

    def clean_client_secret(self) -> str:
        """Only Shopify makes its own; ours is made by us."""
        return str(self.cleaned_data["client_secret"]) if self.cleaned_data.get("kind") == Store.Kind.SHOPIFY else ""

    @property
    def settings(self) -> dict[str, Any]:
        """What only this kind of store needs."""
        if self.cleaned_data["kind"] != Store.Kind.SHOPIFY:
            return {}
        return {"shop_domain": self.cleaned_data["shop_domain"]}
