"""What Shopify passes on about people: accounts that became one, and what the privacy laws let them ask."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import ErasureSnapshot, MergeSnapshot
from storefront.connectors.fields import id_text, known_id
from storefront.connectors.interface import Ignored, Origin

PRIVACY = frozenset({"customers/data_request", "customers/redact"})


def merge(data: dict[str, Any], origin: Origin) -> MergeSnapshot:
    """Two accounts that became one. Raises Ignored while, or when, they did not."""
    status = data.get("status")
    if status == "failed" or data.get("errors"):
        raise Ignored(gettext_noop("Shopify could not make the two accounts one: nothing to do."))
    if status in {"in_progress", "requested"}:
        raise Ignored(gettext_noop("Shopify is making two accounts one: the result will be told as well."))
    return MergeSnapshot(
        source=origin.source,
        from_id=customer_number(data["admin_graphql_api_customer_deleted_id"]),
        into_id=customer_number(data["admin_graphql_api_customer_kept_id"]),
        at=origin.received_at,
    )


def erasure(data: dict[str, Any], origin: Origin, *, only_report: bool) -> ErasureSnapshot:
    """A person who wants to know what is stored, or to have it erased."""
    told = data.get("customer") or {}
    orders = data.get("orders_to_redact") or data.get("orders_requested") or []
    if not told and not orders:
        raise ValueError("nobody")
    return ErasureSnapshot(
        source=origin.source,
        external_id=id_text(told.get("id")),
        email=normalise_email(told.get("email") or ""),
        phone=normalise_phone(told.get("phone") or "", origin.country),
        order_ids=tuple(known_id(order) for order in orders),
        at=origin.received_at,
        only_report=only_report,
    )


def customer_number(gid: str) -> str:
    """The number in a "gid://shopify/Customer/1". Raises ValueError for the id of something else."""
    kind, _, number = gid.removeprefix("gid://shopify/").partition("/")
    if kind != "Customer" or not (number.isascii() and number.isdecimal()):
        raise ValueError("an id of something else")
    return number[:100]
