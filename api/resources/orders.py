"""Orders and refunds: whole documents, as docs/webhooks.md has them; the newest state counts."""

from __future__ import annotations

from django.http import Http404

from api import paging, telling
from api.calling import Answer, Call
from api.json_schema import text, whole
from api.operation import invalid, operation
from api.resources.upserting import SOURCE, origin, understood
from api.shapes import ID_IN_ADDRESS
from customers.matching import take_turn
from customers.models import Order
from customers.orders import apply_orders, apply_refunds
from storefront.connectors.generic.reading import Reader

FROM = {"source": text("`api` (when not given) or a storefront's id.", maxLength=40)}
FILTERS = {
    "source": text("Only orders of `api`, or of the storefront with this id.", maxLength=40),
    "external_id": text("Only the order with this id of the sender's.", maxLength=100),
    "customer_id": whole("Only orders of this customer of ours.", minimum=1),
    "status": {"type": "string", "enum": [str(state) for state in Order.State]},
}
ORDER_ID = {"external_id": {**ID_IN_ADDRESS, "description": "The sender's id of the order."}}
REFUND_ID = {**ORDER_ID, "refund_id": {**ID_IN_ADDRESS, "description": "Your id of the refund."}}


@operation("orders:read", "List orders", "Orders", answers={200: "Orders"}, query={**FILTERS, **paging.QUERY})
def list_orders(call: Call) -> Answer:
    """Of all storefronts, the one that was first heard of last first."""
    rows = Order.objects.all()
    for name, column in (("source", "source"), ("external_id", "external_id"), ("customer_id", "customer_id"),
                         ("status", "state")):  # fmt: skip
        if name in call.query:
            rows = rows.filter(**{column: call.query[name]})
    return paging.page_of(rows, call, telling.orders)


@operation("orders:read", "Get an order", "Orders", answers={200: "Order"}, path=ORDER_ID, query=FROM)
def get_order(call: Call, external_id: str) -> Answer:
    """By the sender's id, with what it has earned and why."""
    source = call.query.get("source", SOURCE)
    found = Order.objects.filter(source=source, external_id=external_id).first()
    if found is None:
        raise Http404
    return Answer(telling.order(found))


@operation(
    "orders:write", "Send an order", "Orders", answers={200: "Order", 201: "Order"}, body="OrderDocument",
    path=ORDER_ID,
)  # fmt: skip
def put_order(call: Call, external_id: str) -> Answer:
    """The whole order as it now stands, whenever it changes; its buyer and refunds come with it.

    Documents are states: the one with the newest `updated_at` counts, whatever order they arrive in. The answer is
    the order as it then stands, with its points.
    """
    _same(call, "id", external_id)
    reader = Reader(origin(call))
    snapshot = understood(reader, reader.order({**call.body, "id": external_id}))
    take_turn()
    is_new = not Order.objects.filter(source=SOURCE, external_id=external_id).exists()
    [order] = apply_orders([snapshot], at=call.at)
    return Answer(telling.order(order), 201 if is_new else 200)


@operation(
    "orders:write", "Send a refund", "Orders", answers={200: "Order", 201: "Order"}, body="RefundDocument",
    path=REFUND_ID,
)  # fmt: skip
def put_refund(call: Call, external_id: str, refund_id: str) -> Answer:
    """One refund of an order, which may not have arrived yet. The answer is the order as it then stands."""
    _same(call, "id", refund_id)
    _same(call, "order_id", external_id)
    reader = Reader(origin(call))
    currency = reader.mistakes.currency("/data/currency", call.body["currency"])
    document = {**call.body, "id": refund_id, "order_id": external_id}
    snapshot = understood(reader, reader.refund("/data", document, external_id, currency))
    take_turn()
    known = Order.objects.filter(source=SOURCE, external_id=external_id).values_list("refunds", flat=True).first()
    [order] = apply_refunds([snapshot], at=call.at)
    return Answer(telling.order(order), 200 if refund_id in (known or {}) else 201)


def _same(call: Call, member: str, in_address: str) -> None:
    if call.body.get(member, in_address) != in_address:
        raise invalid([(f"/{member}", "is not the id in the address")])
