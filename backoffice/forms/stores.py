"""What staff type in about a storefront. What is plainly something else is refused in words, before it fails later."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from storefront.models import Store
from storefront.widgets import MOST_SITES, SIDES, NotASite, origin_of

SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
MALL_ID = re.compile(r"[a-z0-9][a-z0-9_-]{1,49}")
SHORTEST_SECRET, LONGEST_SECRET = 8, 200
HIDDEN = {"autocomplete": "off", "spellcheck": "false"}


class StoreForm(forms.Form):
    """A new connection of one kind: what to call it, and where the shop is."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What you call it, for example “Online shop” or “Till”.")
    )
    shop_domain = forms.CharField(
        label=_("Shopify address"), max_length=100,
        help_text=_("The address that ends in .myshopify.com. Shopify shows it under Settings › Domains."),
    )  # fmt: skip
    site_url = forms.CharField(
        label=_("Address of your shop"), max_length=200, help_text=_("For example https://www.example.com.")
    )
    mall_id = forms.CharField(
        label=_("Mall ID"), max_length=50, help_text=_("What stands before .cafe24.com in your mall's address.")
    )

    ONLY = {"shop_domain": Store.Kind.SHOPIFY, "site_url": Store.Kind.WOOCOMMERCE, "mall_id": Store.Kind.CAFE24}

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, only in self.ONLY.items():
            if only != kind:
                del self.fields[name]

    def clean_shop_domain(self) -> str:
        """The bare host, whatever was pasted around it."""
        text = str(self.cleaned_data["shop_domain"]).strip().lower()
        host = re.sub(r"^https?://", "", text).split("/")[0]
        if not SHOP_DOMAIN.fullmatch(host):
            raise ValidationError(gettext("It ends in .myshopify.com, for example my-shop.myshopify.com."))
        return host

    def clean_site_url(self) -> str:
        """The site with its folder, if WordPress lies in one."""
        text = str(self.cleaned_data["site_url"]).strip()
        text = text if "://" in text else f"https://{text}"
        try:
            return origin_of(text) + re.sub(r"/(wp-admin|wp-login|shop)\b.*|/+$", "", urlsplit(text).path)
        except NotASite as error:
            raise ValidationError(gettext(str(error))) from error

    def clean_mall_id(self) -> str:
        """The bare id, whatever was pasted around it."""
        text = re.sub(r"^https?://", "", str(self.cleaned_data["mall_id"]).strip().lower()).split("/")[0]
        mall = text.removesuffix(".cafe24.com").removesuffix(".cafe24api.com")
        if not MALL_ID.fullmatch(mall):
            raise ValidationError(gettext("A mall ID has only letters and digits, for example mymall."))
        return mall

    @property
    def settings(self) -> dict[str, Any]:
        """What only this kind of store needs."""
        return {name: self.cleaned_data[name] for name in self.ONLY if name in self.cleaned_data}


class NameForm(forms.Form):
    """What to call a storefront from now on."""

    name = forms.CharField(label=_("Name"), max_length=100)


class SecretForm(forms.Form):
    """The signing secret that the shop system made."""

    secret = forms.CharField(
        label=_("Signing secret"), max_length=LONGEST_SECRET, widget=forms.TextInput(attrs=HIDDEN),
        error_messages={"required": _("Paste the secret first.")},
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_secret(self) -> str:
        """The secret as pasted, unless it is plainly something else."""
        secret = str(self.cleaned_data["secret"]).strip()
        if mistake := _mistaken(secret, self.kind):
            raise ValidationError(mistake)
        return secret


def _mistaken(secret: str, kind: str) -> str:
    """What a pasted text is instead of a signing secret; empty when it may be one."""
    if not secret.isprintable() or " " in secret or len(secret) < SHORTEST_SECRET:
        return gettext("This is no signing secret. Copy it from your shop system again.")
    if secret.startswith(("http://", "https://")):
        return gettext("This is an address. The secret is a long code without a meaning.")
    if kind == Store.Kind.SHOPIFY and secret.startswith(("shpat_", "shpca_")):
        return gettext("This is an access token. It belongs below, to the key for the API.")
    if kind == Store.Kind.STRIPE and not secret.startswith("whsec_"):
        return gettext("Stripe's signing secrets begin with whsec_. What begins with sk_ or pk_ is another key.")
    if kind == Store.Kind.SQUARE and secret.startswith(("EAAA", "sq0")):
        return gettext("This is an access token or an application id. The signature key stands at the subscription.")
    return ""


def _key(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=300, required=required, strip=True, widget=forms.TextInput(attrs=HIDDEN)
    )


class KeyForm(forms.Form):
    """The keys for a platform's API. What was entered before is never shown again."""

    FIELDS: dict[str, dict[str, Any]] = {
        Store.Kind.SHOPIFY: {
            "client_id": _("Client ID"),
            "client_secret": _("Client secret"),
            "access_token": _("Access token (of an older app)"),
        },
        Store.Kind.WOOCOMMERCE: {"consumer_key": _("Consumer key"), "consumer_secret": _("Consumer secret")},
        Store.Kind.CAFE24: {
            "client_id": _("Client ID"),
            "client_secret": _("Client secret"),
            "refresh_token": _("Refresh token (if you have one)"),
        },
        Store.Kind.SQUARE: {"access_token": _("Access token")},
    }
    prefix = "api"
    SHAPES = {"consumer_key": "ck_", "consumer_secret": "cs_"}

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name, label in self.FIELDS.get(kind, {}).items():
            # Shopify takes one or the other; Cafe24's token comes by itself when the owner lets the app in.
            optional = kind == Store.Kind.SHOPIFY or name == "refresh_token"
            self.fields[name] = _key(label, required=not optional)

    def clean(self) -> dict[str, Any]:
        """The keys that were entered. Shopify wants either a pair or a token."""
        entered = {name: value for name, value in (super().clean() or {}).items() if value}
        for name, value in entered.items():
            self._check(name, value)
        pair = {"client_id", "client_secret"} <= entered.keys()
        if self.kind == Store.Kind.SHOPIFY and not (pair or "access_token" in entered) and not self.errors:
            raise ValidationError(gettext("Enter the client ID and the client secret, or the access token."))
        return entered

    def _check(self, name: str, value: str) -> None:
        begins = self.SHAPES.get(name, "")
        if not value.isprintable() or not value.isascii() or " " in value:
            self.add_error(name, gettext("A key is one word of letters, digits and signs. Copy it again."))
        elif not value.startswith(begins):
            self.add_error(name, gettext("It begins with {begin}. Did you copy the other one?").format(begin=begins))


class WidgetForm(forms.Form):
    """On which sites the widget may stand, and where its button is."""

    sites = forms.CharField(
        label=_("Sites"), required=False, max_length=3000,
        help_text=_("One address a line, with https://. Only these sites may show the points in their pages."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "https://www.example.com"}),
    )  # fmt: skip
    side = forms.ChoiceField(
        label=_("Where the button is"), choices=[(SIDES[0], _("Right")), (SIDES[1], _("Left"))], initial=SIDES[0]
    )

    def clean_sites(self) -> list[str]:
        """The origins, each once."""
        sites: list[str] = []
        for line in str(self.cleaned_data["sites"]).split():
            try:
                sites.append(origin_of(line))
            except NotASite as error:
                raise ValidationError(f"{line[:60]}: {gettext(str(error))}") from error
        if len(set(sites)) > MOST_SITES:
            raise ValidationError(gettext("At most {count} sites.").format(count=MOST_SITES))
        return list(dict.fromkeys(sites))
