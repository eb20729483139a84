"""What a column can mean to us, and by which names the exports we know call it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imports.models import Run

PEOPLE = (Run.Kind.CUSTOMERS, Run.Kind.BALANCES)
CUSTOMERS = (Run.Kind.CUSTOMERS,)
ORDERS = (Run.Kind.ORDERS,)


@dataclass(frozen=True, slots=True)
class Field:
    """One meaning of a column, in files of these kinds."""

    key: str
    label: Promise
    kinds: tuple[str, ...]


FIELDS = [
    Field("external_id", _("Customer id in the store"), PEOPLE),
    Field("name", _("Name"), CUSTOMERS),
    Field("first_name", _("First name"), CUSTOMERS),
    Field("last_name", _("Last name"), CUSTOMERS),
    Field("email", _("E-mail"), PEOPLE),
    Field("phone", _("Phone"), PEOPLE),
    Field("language", _("Language"), CUSTOMERS),
    Field("birthday", _("Birthday"), CUSTOMERS),
    Field("joined_at", _("Member since"), CUSTOMERS),
    Field("points", _("Points"), PEOPLE),
    Field("points_expire_at", _("Points expire on"), PEOPLE),
    Field("consent_email", _("Consent: advertising by e-mail"), CUSTOMERS),
    Field("consent_sms", _("Consent: advertising by text message"), CUSTOMERS),
    Field("consent_at", _("Date of the consents"), CUSTOMERS),
    Field("order_id", _("Order id in the store"), ORDERS),
    Field("number", _("Order number as customers see it"), ORDERS),
    Field("placed_at", _("Ordered on"), ORDERS),
    Field("paid_at", _("Paid on"), ORDERS),
    Field("cancelled_at", _("Cancelled on"), ORDERS),
    Field("status", _("Status"), ORDERS),
    Field("currency", _("Currency"), ORDERS),
    Field("total", _("Total paid"), ORDERS),
    Field("subtotal", _("Goods after discounts"), ORDERS),
    Field("shipping", _("Shipping"), ORDERS),
    Field("tax", _("Tax on top of the prices"), ORDERS),
    Field("discount", _("Discount"), ORDERS),
    Field("refunded", _("Refunded"), ORDERS),
    Field("customer_id", _("Customer id in the store"), ORDERS),
    Field("customer_name", _("Buyer"), ORDERS),
    Field("customer_email", _("Buyer’s e-mail"), ORDERS),
    Field("customer_phone", _("Buyer’s phone"), ORDERS),
    Field("line_name", _("Product"), ORDERS),
    Field("line_quantity", _("Quantity"), ORDERS),
    Field("line_price", _("Price of one"), ORDERS),
    Field("line_sku", _("SKU"), ORDERS),
]
# The headers that mean a field, the surest first: those of Smile.io and LoyaltyLion customer exports, of Cafe24's,
# Shopify's and WooCommerce's customers and orders, and what Korean and English spreadsheets say, in any case.
NAMES: dict[str, list[str]] = json.loads((Path(__file__).parent / "headers.json").read_text(encoding="utf-8"))
BY_KEY = {field.key: field for field in FIELDS}
CONSENTS = {"consent_email": ("email", "advertising"), "consent_sms": ("sms", "advertising")}
# Headers that speak of consent: pointed out to the person, never guessed.
CONSENT_LIKE = re.compile(r"수신|동의|accepts|consent|marketing|opt.?in|subscrib|newsletter", re.IGNORECASE)


def fields_of(kind: str) -> list[Field]:
    """What a column of such a file can mean."""
    return [field for field in FIELDS if kind in field.kinds]


def plain(header: str) -> str:
    """A header without case, spaces and signs: what is compared."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header).casefold())


def guess(headers: Sequence[str], kind: str) -> dict[int, str]:
    """The likely field of each column, by its place. One column for each field; consents are left to the person."""
    places: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        places.setdefault(plain(header), []).append(place)
    found: dict[int, str] = {}
    for field in fields_of(kind):
        known = (
            place for name in NAMES.get(field.key, ()) for place in places.get(plain(name), []) if place not in found
        )
        if (surest := next(known, None)) is not None:
            found[surest] = field.key
    return dict(sorted(found.items()))


def speaks_of_consent(header: str) -> bool:
    """Whether a person may have meant a consent by this column."""
    return CONSENT_LIKE.search(header) is not None
