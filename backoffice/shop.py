"""The shop's own settings: what they may be, what a change does, and closing the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from customers.models import Order
from loyalty import programme
from staff import audit
from staff.actors import Actor
from tenants import directory, lifecycle
from tenants.models import Merchant

CHANGEABLE = ("name", "country", "currency", "language", "time_zone", "brand_colour", "point_unit")


class CurrencyIsFixed(ValueError):
    """Orders were counted in the present currency."""


def currency_is_fixed() -> bool:
    """Whether orders exist, whose amounts are in the shop's currency. Call inside the shop's schema."""
    return Order.objects.exists()


def change_shop(merchant_id: int, values: dict[str, Any], *, actor: Actor, at: datetime) -> Merchant:
    """Set some of CHANGEABLE, with one entry in the trail for what really changed. Raises CurrencyIsFixed.

    With another currency come the default rules for it, since points are worth money of the old one.
    """
    with transaction.atomic():
        merchant = Merchant.objects.select_for_update().get(pk=merchant_id)
        changes = {
            field: [getattr(merchant, field), values[field]]
            for field in CHANGEABLE
            if field in values and getattr(merchant, field) != values[field]
        }
        if "currency" in changes and currency_is_fixed():
            raise CurrencyIsFixed
        if changes:
            for field, (_before, after) in changes.items():
                setattr(merchant, field, after)
            Merchant.objects.filter(pk=merchant.pk).update(**{field: getattr(merchant, field) for field in changes})
            _trail("shop.changed", merchant, actor=actor, at=at, changes=changes)
        if "currency" in changes:
            programme.publish(programme.default_rules(merchant.country, merchant.currency), actor=actor, at=at)
    directory.forget()
    return merchant


def close_shop(merchant_id: int, *, actor: Actor, at: datetime) -> Merchant:
    """Close at once for shoppers and storefronts; after the grace period everything is erased. Raises WrongState."""
    merchant = Merchant.objects.get(pk=merchant_id)
    with transaction.atomic():
        lifecycle.close(merchant, reason="closed by its owner", actor_name=actor.name, at=at)
        erased = merchant.erase_after.date().isoformat() if merchant.erase_after else ""
        _trail("shop.closing", merchant, actor=actor, at=at, changes={"erase_after": ["", erased]})
    return merchant


def keep_shop(merchant_id: int, *, actor: Actor, at: datetime) -> Merchant:
    """Cancel the closing: the shop is open again as it was. Raises WrongState."""
    merchant = Merchant.objects.get(pk=merchant_id)
    with transaction.atomic():
        lifecycle.cancel_closing(merchant, actor_name=actor.name, at=at)
        _trail("shop.closing_cancelled", merchant, actor=actor, at=at, changes={})
    return merchant


def _trail(action: str, merchant: Merchant, *, actor: Actor, at: datetime, changes: dict[str, list[Any]]) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="shop",
        object_id=merchant.pk,
        object_label=merchant.name,
        changes=changes,
    )
