"""The kinds of news that endpoints can subscribe to. docs/outgoing-webhooks.md has the same table; a test compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

PING = "ping"  # sent by hand to try an endpoint; nobody subscribes to it


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind: its public name, which never changes, and what it means in words for a shop owner."""

    name: str
    title: Any
    meaning: Any
    source: str  # the event inside (customers.events) that makes it


TYPES = {
    kind.name: kind
    for kind in (
        EventType(
            "customer.created", _("New customer"), _("A customer is known for the first time."), "customer.created"
        ),
        EventType(
            "customer.updated", _("Customer changed"), _("What is known of a customer changed."), "customer.updated"
        ),
        EventType("customer.joined", _("New member"), _("A customer joined the programme."), "customer.joined"),
        EventType(
            "customer.merged", _("Customers merged"), _("Two customers turned out to be one."), "customer.merged"
        ),
        EventType(
            "customer.erased", _("Customer erased"), _("The personal data of a customer was erased."), "customer.erased"
        ),
        EventType(
            "order.updated",
            _("Order changed"),
            _("An order is new, or was paid, changed, refunded or cancelled."),
            "order.changed",
        ),
        EventType(
            "points.changed",
            _("Points changed"),
            _("Points were earned, used, taken back, expired, or changed by hand."),
            "points.changed",
        ),
        EventType(
            "points.expiring",
            _("Points will expire"),
            _("A member was told that points will expire."),
            "points.expiring",
        ),
        EventType(
            "reward.redeemed", _("Reward taken"), _("A member took a reward, or was given one."), "reward.redeemed"
        ),
        EventType("reward.used", _("Reward used"), _("The code of a reward was used."), "reward.used"),
        EventType(
            "reward.unused",
            _("Use undone"),
            _("The use of a reward was undone: its code is good again."),
            "reward.unused",
        ),
        EventType(
            "reward.cancelled",
            _("Reward cancelled"),
            _("A reward was cancelled before it was used."),
            "reward.cancelled",
        ),
        EventType(
            "reward.lapsed", _("Reward lapsed"), _("The time of a code was over before it was used."), "reward.lapsed"
        ),
        EventType(
            "reward.returned",
            _("Reward returned"),
            _("A used reward was given back, as its order was."),
            "reward.returned",
        ),
        EventType("claim.filed", _("Points missed"), _("A member says that points are missing."), "claim.filed"),
        EventType(
            "claim.decided",
            _("Claim decided"),
            _("A claim for points was approved, declined or withdrawn."),
            "claim.decided",
        ),
        EventType("tier.changed", _("Tier changed"), _("A member came to another tier."), "tier.changed"),
        EventType("stamp.given", _("Stamps given"), _("Stamps came onto a member's card."), "stamp.given"),
        EventType("stamp.taken", _("Stamps taken back"), _("Stamps were taken back from a card."), "stamp.taken"),
        EventType("stamp.card_full", _("Card full"), _("A card was filled and became its reward."), "stamp.card_full"),
    )
}
# How forms group them: the part of the name before its dot.
GROUPS = {
    "customer": _("Customers"),
    "order": _("Orders"),
    "points": _("Points"),
    "reward": _("Rewards"),
    "claim": _("Claims"),
    "tier": _("Tiers"),
    "stamp": _("Stamps"),
}


def grouped() -> list[tuple[str, list[EventType]]]:
    """All kinds, by the heading under which a form shows them."""
    return [
        (str(heading), [kind for kind in TYPES.values() if kind.name.startswith(f"{group}.")])
        for group, heading in GROUPS.items()
    ]
