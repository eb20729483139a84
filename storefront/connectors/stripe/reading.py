"""Stripe's checkouts, payments and refunds turned into snapshots.

A payment is told several times: by its checkout, by itself and by its charge. All are about one order, whose id is the
payment's ("pi_…"). The checkout knows most and outweighs the others. Source: Stripe's API reference and events.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from customers.addresses import normalise_email, normalise_phone
from customers.snapshots import CustomerSnapshot, OrderSnapshot, RefundSnapshot
from storefront.connectors.fields import id_text, known_id, text
from storefront.connectors.interface import Ignored, NotUnderstood, Origin, Snapshots
from storefront.connectors.stripe.money import minor
from storefront.documents import Problem

CHECKOUTS = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
REFUNDS = frozenset({"charge.refunded", "charge.updated"})
CUSTOMERS = frozenset({"customer.created", "customer.updated"})
GIVEN_BACK = "amount-refunded"  # the id of the one sum
KNOWS_MORE = timedelta(microseconds=1)  # Stripe's times are whole seconds


def read(topic: str, document: Any, origin: Origin) -> Snapshots:
    """The snapshot in an event. Raises NotUnderstood, or Ignored for an event that brings nothing new."""
    try:
        return _snapshots(topic, document, origin)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = f"is not what Stripe documents: {type(error).__name__} {error}"
        raise NotUnderstood([Problem("", told)]) from error


def payment_id(document: Any) -> str:
    """The payment that the news is about; without one the id of the thing itself. Never raises."""
    try:
        told = document["data"]["object"]
        return id_text(told.get("payment_intent")) or id_text(told.get("id"))
    except (KeyError, TypeError, AttributeError):
        return ""


def _snapshots(topic: str, event: dict[str, Any], origin: Origin) -> Snapshots:
    if topic in CHECKOUTS:
        return Snapshots(orders=(_by_checkout(event, origin),))
    if topic == "payment_intent.succeeded":
        return Snapshots(orders=(_by_payment(event, origin),))
    if topic in REFUNDS:
        return Snapshots(refunds=(_given_back(event, origin),))
    if topic in CUSTOMERS:
        return Snapshots(customers=(_customer(event, origin),))
    raise Ignored(gettext_noop("Events of this type are not used."))


def _by_checkout(event: dict[str, Any], origin: Origin) -> OrderSnapshot:
    """A checkout whose payment has come in, with what it says of shipping, tax and discounts."""
    session = event["data"]["object"]
    if session["payment_status"] != "paid":
        raise Ignored(gettext_noop("The checkout is not paid yet: its payment will be told as well."))
    if not session.get("payment_intent"):
        raise Ignored(gettext_noop("A subscription: each of its payments is told by itself."))
    currency, details = session["currency"].upper(), session.get("total_details") or {}
    total = minor(session["amount_total"], currency)
    shipping, tax, discount = (
        minor(details.get(f"amount_{name}") or 0, currency) for name in ("shipping", "tax", "discount")
    )
    # Tax inside the prices is part of the subtotal already; then the parts make up the total without it.
    added = minor(session["amount_subtotal"], currency) - discount + shipping + tax == total
    paid_at = _time(event["created"])
    return OrderSnapshot(
        source=origin.source,
        external_id=known_id(session["payment_intent"]),
        number=text(session.get("client_reference_id"), 60),
        state="paid",
        test=not event["livemode"],
        currency=currency,
        placed_at=_time(session["created"]),
        paid_at=paid_at,
        updated_at=paid_at + KNOWS_MORE,
        subtotal=total - shipping - (tax if added else 0),
        discount=discount,
        shipping=shipping,
        tax=tax if added else 0,
        total=total,
        buyer=_buyer(session.get("customer"), session.get("customer_details") or {}, paid_at, origin),
    )


def _by_payment(event: dict[str, Any], origin: Origin) -> OrderSnapshot:
    """A payment without its tip."""
    payment = event["data"]["object"]
    currency, created_at = payment["currency"].upper(), _time(payment["created"])
    tip = ((payment.get("amount_details") or {}).get("tip") or {}).get("amount") or 0
    total = minor(payment["amount_received"] - tip, currency)
    person = {"email": payment.get("receipt_email"), "name": (payment.get("shipping") or {}).get("name")}
    return OrderSnapshot(
        source=origin.source,
        external_id=known_id(payment["id"]),
        state="paid",
        test=not event["livemode"],
        currency=currency,
        placed_at=created_at,
        paid_at=_time(event["created"]),
        updated_at=created_at,
        subtotal=total,
        total=total,
        buyer=_buyer(payment.get("customer"), person, created_at, origin),
    )


def _given_back(event: dict[str, Any], origin: Origin) -> RefundSnapshot:
    """All that was refunded of a charge so far, in one sum. Of two sums told in one second the greater is the later."""
    charge = event["data"]["object"]
    currency, back, at = charge["currency"].upper(), charge["amount_refunded"], _time(event["created"])
    before = (event["data"].get("previous_attributes") or {}).get("amount_refunded")
    if not back and not before:  # a charge that changed otherwise; a refund that failed later sets the sum back to 0
        raise Ignored(gettext_noop("Nothing was refunded."))
    part = min(999_999, 999_999 * back // max(charge["amount"], 1))
    total = minor(back, currency)
    return RefundSnapshot(
        source=origin.source,
        order_external_id=known_id(charge.get("payment_intent"), charge["id"]),
        external_id=GIVEN_BACK,
        currency=currency,
        updated_at=at + timedelta(microseconds=part),
        at=at,
        total=total,
        subtotal=total,
        cancelled=total == 0,
    )


def _customer(event: dict[str, Any], origin: Origin) -> CustomerSnapshot:
    told = event["data"]["object"]
    if not event["livemode"]:
        raise Ignored(gettext_noop("A customer of the test mode."))
    languages = told.get("preferred_locales") or [""]
    return CustomerSnapshot(
        source=origin.source,
        external_id=known_id(told["id"]),
        updated_at=_time(event["created"]),
        created_at=_time(told["created"]),
        name=text(told.get("name"), 100),
        email=normalise_email(told.get("email") or ""),
        phone=normalise_phone(told.get("phone") or "", origin.country),
        language=text(languages[0], 20).partition("-")[0].lower()[:5],
    )


def _buyer(customer: Any, person: dict[str, Any], at: datetime, origin: Origin) -> CustomerSnapshot:
    return CustomerSnapshot(
        source=origin.source,
        external_id=id_text(customer),
        updated_at=at,
        name=text(person.get("name"), 100),
        email=normalise_email(person.get("email") or ""),
        phone=normalise_phone(person.get("phone") or "", origin.country),
        embedded=True,
    )


def _time(seconds: int) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
        raise TypeError("a time that is none")
    return datetime.fromtimestamp(seconds, UTC)
