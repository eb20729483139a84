"""What happens inside becomes messages for the endpoints that want to hear of it, in the same transaction.

A message is a picture of the moment: it is not made anew when it is sent later.
"""

from __future__ import annotations

import json
import secrets as random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from customers.events import Happened, heard_if, subscribe
from customers.models import Customer, Identity, Order
from tenants.alarms import ring
from webhooks.endpoints import ALARM, ID_ALPHABET
from webhooks.models import Endpoint, Message
from webhooks.types import PING, TYPES

KEPT = timedelta(days=30)  # how long bodies are kept
OLD = "webhooks_old"  # the alarm that drops them

# Whether anybody wants to hear of points and rewards, asked by those who post them in the statement that does.
heard_if("points.changed", "webhooks_hear('points.changed')")
heard_if("reward.redeemed", "webhooks_hear('reward.redeemed')")

Describe = Callable[[Sequence[Happened]], list[dict[str, Any]]]


def turn_into_messages(name: str, happened: Sequence[Happened], at: datetime, describe: Describe) -> None:
    """Write a message of this type about each, for every endpoint that wants it. Asks one query when none does."""
    listening = [e for e in Endpoint.objects.order_by("id") if not e.types or name in e.types]
    if not listening:
        return
    told = zip(happened, describe(happened), strict=True)
    pictures = [(new_id(), h, _body(name, h, data)) for h, data in told]
    _write([_message(endpoint, *one, name=name, at=at) for endpoint in listening for one in pictures], at)


def ping(endpoint: Endpoint, *, at: datetime) -> Message:
    """Send the endpoint a message that says nothing, also while it is paused. Call inside a transaction."""
    happened = Happened(PING, at, subject_id=endpoint.pk)
    body = _body(PING, happened, {"endpoint": endpoint.public_id})
    message = _message(endpoint, new_id(), happened, body, name=PING, at=at)
    message.state, message.next_try_at = Message.State.WAITING, at
    _write([message], at)
    return message


def new_id() -> str:
    """A webhook-id, the same for all endpoints of an event. No full stop: that separates what is signed."""
    return "msg_" + "".join(random.choice(ID_ALPHABET) for _ in range(26))


def _body(name: str, happened: Happened, data: dict[str, Any]) -> str:
    body = {"type": name, "timestamp": happened.at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)


def _message(endpoint: Endpoint, message_id: str, happened: Happened, body: str, *, name: str, at: datetime) -> Message:
    paused = endpoint.paused_at is not None
    return Message(
        endpoint=endpoint,
        message_id=message_id,
        type=name,
        body=body,
        customer_id=happened.customer_id,
        created_at=at,
        state=Message.State.HELD if paused else Message.State.WAITING,
        next_try_at=None if paused else at,
    )


def _write(messages: list[Message], at: datetime) -> None:
    Message.objects.bulk_create(messages, batch_size=1000)
    if any(message.next_try_at for message in messages):
        ring(ALARM)
    ring(OLD, at + KEPT)


# ── What is told ────────────────────────────────────────────────────────────────────────────────


def of_customers(happened: Sequence[Happened]) -> list[dict[str, Any]]:
    """Each customer by ids; names and addresses are asked for at the API, by those who may."""
    customers = Customer.objects.in_bulk([h.customer_id for h in happened if h.customer_id])
    named = references(customers)
    return [
        {
            "customer": {
                **_reference(h.customer_id, named),
                "created_at": c.created_at if (c := customers.get(h.customer_id or 0)) else None,
                "joined_at": c.joined_at if c else None,
            },
            **_about_merging(h),
        }
        for h in happened
    ]


def of_orders(happened: Sequence[Happened]) -> list[dict[str, Any]]:
    """Each order as it now stands; money in minor units of its currency."""
    unread = Order.objects.in_bulk([h.subject_id for h in happened if h.subject_id and h.subject is None])
    orders = [h.subject or unread[h.subject_id or 0] for h in happened]
    named = references({order.customer_id for order in orders if order.customer_id})
    return [{"order": _order(order, named)} for order in orders]


def of_points(happened: Sequence[Happened]) -> list[dict[str, Any]]:
    """What the ledger said, with the member by ids."""
    named = references({h.customer_id for h in happened if h.customer_id})
    return [{"customer": _reference(h.customer_id, named), **h.data} for h in happened]


def of_things(happened: Sequence[Happened]) -> list[dict[str, Any]]:
    """Rewards and claims, by their ids; what was noted for ourselves is left out."""
    told = of_points(happened)
    for h, data in zip(happened, told, strict=True):
        data.pop("key", None)
        data["redemption" if h.kind.startswith("reward.") else "claim"] = h.subject_id
    return told


def references(customer_ids: Iterable[int]) -> dict[int, list[dict[str, str]]]:
    """The accounts of these customers at the shop's stores, by customer."""
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    accounts = Identity.objects.filter(customer__in=list(customer_ids), kind=Identity.Kind.STORE)
    for customer, source, value in accounts.order_by("id").values_list("customer_id", "source", "value"):
        found[customer].append({"source": source, "id": value})
    return found


def _reference(customer_id: int | None, named: dict[int, list[dict[str, str]]]) -> dict[str, Any]:
    return {"id": customer_id, "external_ids": named.get(customer_id or 0, [])}


def _about_merging(happened: Happened) -> dict[str, Any]:
    merged = happened.data.get("from")
    return {"merged": {"id": merged}} if happened.kind == "customer.merged" else {}


TOLD = (
    "id", "source", "external_id", "number", "state", "test", "currency", "subtotal", "discount", "shipping", "tax",
    "total", "points_paid", "refunded", "placed_at", "paid_at", "cancelled_at",
)  # fmt: skip


def _order(order: Order, named: dict[int, list[dict[str, str]]]) -> dict[str, Any]:
    told = {field: getattr(order, field) for field in TOLD}
    return {**told, "customer": _reference(order.customer_id, named) if order.customer_id else None}


def _listen(name: str, describe: Describe) -> None:
    @subscribe(TYPES[name].source, name=f"webhooks.{name}")
    def tell(happened: Sequence[Happened], at: datetime) -> None:
        turn_into_messages(name, happened, at, describe)


@subscribe("customer.erased", name="webhooks.forgetting")
def forget(happened: Sequence[Happened], at: datetime) -> None:
    """Drop what was told about these people; messages under way say no more than their ids."""
    told = Message.objects.filter(customer_id__in=[h.customer_id for h in happened], next_try_at=None)
    told.exclude(type="customer.erased").update(body="", answer="")


DESCRIBED = {"customer": of_customers, "order": of_orders, "reward": of_things, "claim": of_things}
for _name in TYPES:
    _listen(_name, DESCRIBED.get(_name.partition(".")[0], of_points))
