"""Square: the Connect API of one seller with one till, and its webhooks.

Money is a whole number of minor units; news of the till are payments and refunds, not orders; the signature covers the
address as it was entered at Square; an order's `tenders` are its payments; times end in "Z".
"""

from __future__ import annotations

import base64
import itertools
from datetime import UTC, datetime
from typing import Any

from storefront.signatures import hmacs
from tests.platforms.server import Answer, Request, encoded
from tests.platforms.shop import Shop, SimCustomer, SimLine, SimOrder, SimRefund
from tests.platforms.wire import Deliver, Message

LOCATION = "L1"


class SquareShop(Shop):
    """One seller with one location. `hook_url` is the address entered at Square."""

    KIND = "square"

    def __init__(self, send: Deliver | None = None, *, secret: str = "signature-key", **shop: Any) -> None:
        super().__init__(send, **shop)
        self.secret, self.token, self.hook_url = secret, "EAAA-test", ""
        self._events = itertools.count(1)

    def settings(self) -> dict[str, str]:
        """What the merchant enters on our side: nothing is needed."""
        return {}

    def credentials(self) -> dict[str, str]:
        """A token of the merchant's own application."""
        return {"access_token": self.token}

    def place_order(self, *lines: tuple[str, int, int], shipping: int = 0, **order: Any) -> SimOrder:
        """At a till nothing is shipped, whatever is asked."""
        return super().place_order(*lines, **order)

    # ── news ───────────────────────────────────────────────────────────────────────────────────

    def tell(self, what: str, order: SimOrder, refund: SimRefund | None = None) -> None:
        if refund is not None:
            self._send("refund.updated", "refund", self.refund_document(order, refund))
        if order.paid_at is not None:
            self._send("payment.updated", "payment", self.payment_document(order))

    def tell_of_customer(self, what: str, customer: SimCustomer) -> None:
        kind = "customer.created" if what == "registered" else "customer.updated"
        self._send(kind, "customer", self.customer_document(customer))

    def _send(self, kind: str, name: str, document: dict[str, Any]) -> None:
        number = next(self._events)
        body = encoded({
            "merchant_id": "M1", "location_id": LOCATION, "type": kind, "event_id": f"event-{number}",
            "created_at": _time(self.now), "data": {"type": name, "id": document["id"], "object": {name: document}},
        })  # fmt: skip
        signature = base64.b64encode(hmacs.hmac_sha256(self.secret.encode(), self.hook_url.encode() + body)).decode()
        self.deliver(
            Message(kind, body, {"X-Square-HmacSha256-Signature": signature, "Square-Environment": "Production"})
        )

    # ── documents ──────────────────────────────────────────────────────────────────────────────

    def order_id(self, number: str) -> str:
        return f"O{number}"

    def customer_id(self, number: str) -> str:
        return f"C{number}"

    def order_document(self, order: SimOrder) -> dict[str, Any]:
        state = "CANCELED" if order.cancelled_at else "COMPLETED" if order.paid_at else "OPEN"
        document: dict[str, Any] = {
            "id": order.id, "location_id": LOCATION, "state": state, "version": 1, "reference_id": order.number,
            "created_at": _time(order.placed_at), "updated_at": _time(order.updated_at), "source": {"name": "Till"},
            "line_items": [self._line(line) for line in order.lines],
            "total_money": self._money(order.total), "total_tax_money": self._money(0),
            "total_discount_money": self._money(sum(line.discount for line in order.lines)),
            "total_tip_money": self._money(0), "total_service_charge_money": self._money(0),
            "net_amounts": {"total_money": self._money(order.total), "tax_money": self._money(0)},
        }  # fmt: skip
        if order.customer:
            document["customer_id"] = order.customer.id
        if order.paid_at:
            tender = {"id": f"P{order.id}", "payment_id": f"P{order.id}", "type": "CARD", "location_id": LOCATION}
            document["tenders"] = [{**tender, "amount_money": self._money(order.total)}]
            document["closed_at"] = _time(order.paid_at)
        if order.refunds:
            document["refunds"] = [
                {
                    "id": f"R{r.id}",
                    "tender_id": f"P{order.id}",
                    "status": "APPROVED",
                    "amount_money": self._money(r.total),
                }
                for r in order.refunds
            ]
        return document

    def payment_document(self, order: SimOrder) -> dict[str, Any]:
        assert order.paid_at is not None
        document: dict[str, Any] = {
            "id": f"P{order.id}", "order_id": order.id, "location_id": LOCATION, "source_type": "CARD",
            "status": "CANCELED" if order.cancelled_at else "COMPLETED", "created_at": _time(order.paid_at),
            "updated_at": _time(order.updated_at), "amount_money": self._money(order.total),
            "total_money": self._money(order.total), "receipt_number": order.id[:4],
        }  # fmt: skip
        if order.customer:
            document["customer_id"] = order.customer.id
        if order.refunds:
            document["refunded_money"] = self._money(order.refunded)
            document["refund_ids"] = [f"R{refund.id}" for refund in order.refunds]
        return document

    def refund_document(self, order: SimOrder, refund: SimRefund) -> dict[str, Any]:
        return {
            "id": f"R{refund.id}", "payment_id": f"P{order.id}", "order_id": order.id, "location_id": LOCATION,
            "status": "COMPLETED", "amount_money": self._money(refund.total), "reason": refund.reason,
            "created_at": _time(refund.at), "updated_at": _time(refund.at),
        }  # fmt: skip

    def customer_document(self, customer: SimCustomer) -> dict[str, Any]:
        given, _, family = customer.name.partition(" ")
        return {
            "id": customer.id, "given_name": given, "family_name": family, "email_address": customer.email,
            "phone_number": customer.phone, "created_at": _time(customer.created_at),
            "updated_at": _time(customer.updated_at), "version": 0, "preferences": {"email_unsubscribed": False},
        }  # fmt: skip

    def _line(self, line: SimLine) -> dict[str, Any]:
        return {
            "uid": line.id, "name": line.name, "quantity": str(line.quantity), "item_type": "ITEM",
            "base_price_money": self._money(line.price), "gross_sales_money": self._money(line.price * line.quantity),
            "total_discount_money": self._money(line.discount), "total_tax_money": self._money(0),
            "total_money": self._money(line.total),
        }  # fmt: skip

    def _money(self, minor: int) -> dict[str, Any]:
        return {"amount": minor, "currency": self.currency}

    # ── the API ────────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", "This request could not be authorized.")
        kind, *rest = request.path.removeprefix("/v2/").split("/")
        if kind == "merchants":
            return Answer({"merchant": {"id": "M1", "business_name": "Regulars", "currency": self.currency}})
        if kind == "locations":
            return Answer({"locations": [{"id": LOCATION, "timezone": "Asia/Seoul", "status": "ACTIVE"}]})
        if kind == "orders" and rest == ["search"]:
            return self._search(request.json())
        if kind == "customers":
            return self._customers(request.query)
        return self._one(kind, rest[0] if rest else "")

    def _one(self, kind: str, wanted: str) -> Answer:
        for order in self.orders.values():
            if kind == "orders" and order.id == wanted:
                return Answer({"order": self.order_document(order)})
            if kind == "payments" and f"P{order.id}" == wanted and order.paid_at:
                return Answer({"payment": self.payment_document(order)})
            for refund in order.refunds:
                if kind == "refunds" and f"R{refund.id}" == wanted:
                    return Answer({"refund": self.refund_document(order, refund)})
        return _error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "Could not find it.")

    def _search(self, asked: dict[str, Any]) -> Answer:
        if not asked.get("location_ids") or len(asked["location_ids"]) > 10:
            return _error(400, "INVALID_REQUEST_ERROR", "BAD_REQUEST", "location_ids")
        dates = asked["query"].get("filter", {}).get("date_time_filter", {})
        name = next(iter(dates), "created_at")
        first, last = (_moment(dates.get(name, {}).get(edge)) for edge in ("start_at", "end_at"))
        found = self.in_window(first, last, "updated_at" if name == "updated_at" else "placed_at")
        start, limit = int(asked.get("cursor") or 0), int(asked.get("limit", 500))
        answer: dict[str, Any] = {"orders": [self.order_document(order) for order in found[start : start + limit]]}
        return Answer(answer | ({"cursor": str(start + limit)} if start + limit < len(found) else {}))

    def _customers(self, query: dict[str, str]) -> Answer:
        found = list(self.customers.values())
        if not found:
            return Answer({"count": 0})
        start, limit = int(query.get("cursor") or 0), int(query.get("limit", 100))
        answer: dict[str, Any] = {"customers": [self.customer_document(c) for c in found[start : start + limit]]}
        answer |= {"count": len(found)}
        return Answer(answer | ({"cursor": str(start + limit)} if start + limit < len(found) else {}))


def _error(status: int, category: str, code: str, detail: str) -> Answer:
    return Answer({"errors": [{"category": category, "code": code, "detail": detail}]}, status)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated) if stated else None
