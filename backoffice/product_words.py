"""What to type where a rule asks for collections or tags of products, and which storefronts tell them."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _

from storefront import products, untold
from storefront.models import Store

TELLING = (Store.Kind.GENERIC,)  # programs write them into each line themselves


def explain(fields: Mapping[str, forms.Field]) -> None:
    """Say so below the fields of a form that has them. One query."""
    if "collections" not in fields:
        return
    look = _(
        "The name of a collection or category, or its handle, as in your shop; capitals do not matter. Several with "
        "commas between."
    )
    fields["collections"].help_text = " ".join([look, *_stores()])
    fields["tags"].help_text = _("As in your shop; capitals do not matter. Several with commas between.")


def _stores() -> list[str]:
    """Which of the connected storefronts tell collections and tags, and which do not."""
    told: list[str] = []
    silent: list[str] = []
    for store in Store.objects.filter(disconnected_at=None).order_by("pk"):
        (told if _tells(store) else silent).append(store.name)
    sentences = []
    if told:
        sentences.append(_("Collections and tags are told by: {stores}.").format(stores=", ".join(told)))
    if silent:
        sentences.append(_("Not told by: {stores}.").format(stores=", ".join(silent)))
    return sentences


def _tells(store: Store) -> bool:
    asked = products.tells(store) and bool(store.credentials) and untold.untold(store) is None
    return store.kind in TELLING or asked
