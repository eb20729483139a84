"""What the shops' storefronts would send: each state of each order as a document, in the disorder of real networks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from config.money import to_major
from demo.people import Person
from demo.shops import Shop
from demo.trade import Line, Purchase, Refund, purchases

TWICE, RESENT, LATE = 0.03, 0.01, 0.04  # shares of messages: same id again, same content under a new id, overtaken


@dataclass(frozen=True)
class Message:
    """One delivery: the Standard Webhooks id, the moment it would arrive, and the body."""

    id: str
    at: datetime
    body: dict[str, Any]


def messages(shop: Shop, *, until: datetime) -> list[Message]:
    """Everything the shop's storefront sends up to `until`, in the order of arrival."""
    random = Random(f"network/{shop.slug}")
    told = list(_told(shop, until))
    return sorted((copy for message in told for copy in _on_the_way(message, random)), key=lambda message: message.at)


def _told(shop: Shop, until: datetime) -> Iterator[Message]:
    introduced: set[str] = set()
    for purchase in purchases(shop, until=until):
        if purchase.person and purchase.person.id not in introduced:
            introduced.add(purchase.person.id)
            yield _message("customer.created", customer(purchase.person, purchase.placed_at), purchase.placed_at)
        for at, kind, document in _states(shop, purchase):
            if at <= until:
                yield _message(kind, document, at)


def _on_the_way(message: Message, random: Random) -> Iterator[Message]:
    """The message as it arrives: usually once, sometimes twice or late."""
    late = timedelta(hours=random.uniform(0.2, 30)) if random.random() < LATE else timedelta(0)
    yield Message(message.id, message.at + late, message.body)
    if random.random() < TWICE:
        yield Message(message.id, message.at + timedelta(seconds=random.uniform(5, 600)), message.body)
    if random.random() < RESENT:
        yield Message(f"{message.id}-again", message.at + timedelta(hours=1), message.body)


def _message(kind: str, document: dict[str, Any], at: datetime) -> Message:
    about = f"{kind}/{document['id']}/{document['updated_at']}"
    return Message("msg_" + hashlib.sha256(about.encode()).hexdigest()[:24], at, {"type": kind, "data": document})


def _states(shop: Shop, purchase: Purchase) -> Iterator[tuple[datetime, str, dict[str, Any]]]:
    """When the storefront says something about an order, and what."""
    if purchase.waits:
        yield purchase.placed_at, "order.created", order(shop, purchase, purchase.placed_at)
    if purchase.paid_at:
        yield purchase.paid_at, "order.paid", order(shop, purchase, purchase.paid_at)
    if purchase.cancelled_at:
        yield purchase.cancelled_at, "order.cancelled", order(shop, purchase, purchase.cancelled_at)
    if purchase.refund and not purchase.cancelled_at:
        yield purchase.refund.at, "order.refunded", refund(shop, purchase, purchase.refund)


def order(shop: Shop, purchase: Purchase, at: datetime) -> dict[str, Any]:
    """The order document as it stood at that moment (docs/webhooks.md)."""
    document: dict[str, Any] = {
        "id": purchase.id,
        "number": purchase.number,
        "status": _status(purchase, at),
        "currency": shop.currency,
        "placed_at": purchase.placed_at.isoformat(),
        "updated_at": at.isoformat(),
        "total": _money(shop, purchase.subtotal + purchase.shipping),
        "subtotal": _money(shop, purchase.subtotal),
        "shipping": _money(shop, purchase.shipping),
        "discount": _money(shop, sum(line.discount for line in purchase.lines)),
        "lines": [_line(shop, line) for line in purchase.lines],
    }
    if purchase.paid_at and purchase.paid_at <= at:
        document["paid_at"] = purchase.paid_at.isoformat()
    if purchase.cancelled_at and purchase.cancelled_at <= at:
        document["cancelled_at"] = purchase.cancelled_at.isoformat()
    buyer = {"id": purchase.person.id} if purchase.person else purchase.guest
    return {**document, "customer": buyer} if buyer else document


def refund(shop: Shop, purchase: Purchase, given_back: Refund) -> dict[str, Any]:
    """The refund document."""
    return {
        "id": f"{purchase.id}-r1",
        "order_id": purchase.id,
        "currency": shop.currency,
        "updated_at": given_back.at.isoformat(),
        "refunded_at": given_back.at.isoformat(),
        "total": _money(shop, given_back.total),
        "lines": [
            {"line_id": line.id, "quantity": line.quantity, "amount": _money(shop, line.total)}
            for line in given_back.lines
        ],
    }


def customer(person: Person, at: datetime) -> dict[str, Any]:
    """The customer document of somebody who just opened an account."""
    document = {
        "id": person.id,
        "updated_at": at.isoformat(),
        "created_at": at.isoformat(),
        "name": person.name,
        "email": person.email,
        "email_verified": True,
        "phone": person.phone,
    }
    if person.news is None:
        return document
    consent = {"channel": "email", "purpose": "advertising", "granted": person.news, "at": at.isoformat()}
    return {**document, "consents": [consent]}


def _status(purchase: Purchase, at: datetime) -> str:
    if purchase.cancelled_at and purchase.cancelled_at <= at:
        return "cancelled"
    return "paid" if purchase.paid_at and purchase.paid_at <= at else "pending"


def _line(shop: Shop, line: Line) -> dict[str, Any]:
    document = {
        "id": line.id,
        "name": line.ware.name,
        "quantity": line.quantity,
        "unit_price": _money(shop, line.ware.price),
        "total": _money(shop, line.total),
        "discount": _money(shop, line.discount),
    }
    return {**document, "gift_card": True} if line.ware.gift_card else document


def _money(shop: Shop, minor: int) -> str:
    return str(to_major(minor, shop.currency))
