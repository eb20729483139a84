"""Cafe24's news. Of orders only the numbers are taken: what they cost is read at the shop's API (orders.py).

Source: Cafe24's webhook events, field by field in tests/payloads/cafe24.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import ConsentSnapshot, CustomerSnapshot
from storefront.connectors.cafe24.orders import MIRRORED, customer, mirrors, order
from storefront.connectors.cafe24.times import moment
from storefront.connectors.fields import EARLIEST, id_text, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.documents import Problem

__all__ = ["customer", "order", "order_ids", "read", "resource_of"]

# Received, shipping (one, many), payment, cancelled (one, many), returned, exchanged, refunded (one, many), claim done.
ORDERS = frozenset(
    ["90023", "90024", "90071", "90025", "90026", "90072", "90027", "90074", "90028", "90029", "90073", "90160"]
)
SIGNED_UP, POINTS_CHANGED, APP_DELETED = "90032", "90148", "90077"
# Understood, and nothing for us to do; why, for the merchant.
UNUSED = {
    "90080": gettext_noop("Cafe24 tells that a member's details changed, but not to what. The next order brings them."),
    "90143": gettext_noop("A member signed in at the store: nothing to do."),
    "90144": gettext_noop("Cafe24's own member levels are not used."),
    "90145": gettext_noop("A member's account is dormant now: nothing to do."),
    "90146": gettext_noop("A member's account is no longer dormant: nothing to do."),
    "90147": gettext_noop("A member left the store. The customer and their points stay here until you erase them."),
    APP_DELETED: gettext_noop("The app was removed from the shop: nothing more will come until it is installed again."),
}


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """What the news asks for. Raises NotUnderstood, or Ignored for an event that brings nothing new."""
    resource = resource_of(document)
    if topic in ORDERS:
        return _wanted(resource, origin)
    if topic == SIGNED_UP:
        try:
            return Snapshots(customers=(member(resource, origin),))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _not_documented(f"{type(error).__name__} {error}") from error
    if topic == POINTS_CHANGED:
        raise Ignored(_why_points_are_unused(origin))
    raise Ignored(UNUSED.get(topic, gettext_noop("Events of this type are not used.")))


def resource_of(document: Any) -> dict[str, Any]:
    """What the news is about: most events wrap it in `resource`, some do not. Empty for another shape."""
    if not isinstance(document, dict):
        return {}
    resource = document.get("resource", document)
    return resource if isinstance(resource, dict) else {}


def order_ids(resource: dict[str, Any]) -> list[str]:
    """The orders it names, once each; bulk events name several, separated by commas."""
    stated = id_text(resource.get("order_id"), 100_000)
    return list(dict.fromkeys(part.strip()[:100] for part in stated.split(",") if part.strip()))


def member(resource: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    """A member as they signed up. Raises KeyError, TypeError, ValueError or AttributeError for another shape."""
    if not (account := id_text(resource["member_id"])):
        raise ValueError("no member_id")
    since = moment(resource.get("created_date")) or origin.received_at
    return CustomerSnapshot(
        source=origin.source,
        external_id=account,
        updated_at=since,
        created_at=since,
        name=text(resource.get("name"), 100),
        email=normalise_email(resource.get("email") or ""),
        phone=normalise_phone(resource.get("cellphone") or resource.get("phone") or "", origin.country),
        birthday=_birthday(resource.get("birthday"), origin.received_at),
        consents=tuple(
            ConsentSnapshot(channel, "advertising", True, since)
            for channel, field in (("email", "news_mail"), ("sms", "sms"))
            if resource.get(field) == "T"  # F at signing up is no decision, only none yet
        ),
    )


def _wanted(resource: dict[str, Any], origin: Origin) -> Snapshots:
    if mirrors(origin):
        raise Ignored(MIRRORED)
    if not (found := order_ids(resource)):
        raise _not_documented("no order_id")
    return Snapshots(wanted=tuple(found))


def _why_points_are_unused(origin: Origin) -> str:
    if mirrors(origin):
        return gettext_noop("Kept. Cafe24's own points are not shown here yet.")
    return gettext_noop("Cafe24's own points are not used: the points of this store are given here.")


def _birthday(stated: Any, received_at: datetime) -> date | None:
    """A date in the past; what is typed in wrongly or left at zeros is none."""
    try:
        day = date.fromisoformat(str(stated or ""))
    except ValueError:
        return None
    return day if EARLIEST.date() <= day <= received_at.date() else None


def _not_documented(told: str) -> NotUnderstood:
    return NotUnderstood([Problem("", f"is not what Cafe24 documents: {told}")])
