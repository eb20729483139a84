"""Shopify: Admin REST API 2026-07 of one shop, and its webhooks.

Amounts are text, but a refund line's are numbers; ids are beyond 2^53; times carry the shop's offset; a cursor stands
alone; the listing of orders says "open" unless asked for "any".
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

from storefront.signatures import hmacs
from tests.platforms import coupons, products
from tests.platforms.money import text
from tests.platforms.server import Answer, Request, encoded
from tests.platforms.shop import Shop, SimCustomer, SimLine, SimOrder, SimRefund
from tests.platforms.wire import Deliver, Message

SEOUL = timezone(timedelta(hours=9))
BEYOND = 820_982_911_946_150_000
TOPICS = {
    "placed": ("orders/create", "orders/updated"),
    "paid": ("orders/paid", "orders/updated"),
    "refunded": ("refunds/create", "orders/updated"),
    "cancelled": ("orders/cancelled", "orders/updated"),
    "edited": ("orders/edited", "orders/updated"),
    "registered": ("customers/create",),
    "changed": ("customers/update",),
}


class ShopifyShop(Shop):
    """One shop with one app. Until the app subscribes through the API, all news are sent."""

    KIND = "shopify"
    PATH: ClassVar[str] = "/admin/api/2026-07/"

    def __init__(self, send: Deliver | None = None, *, secret: str = "hush", **shop: Any) -> None:
        super().__init__(send, **shop)
        self.secret, self.token, self.scopes = (
            secret,
            "shpat_test",
            ["read_orders", "read_customers", "read_products", "write_discounts"],
        )
        self.client = ("client", "shpss_secret")  # for the client credentials grant
        self.granted = 0
        self.webhooks: dict[int, dict[str, Any]] = {}
        self._deliveries = itertools.count(1)

    def settings(self) -> dict[str, str]:
        """What the merchant enters on our side."""
        return {"shop_domain": "regulars.myshopify.com"}

    def credentials(self) -> dict[str, str]:
        """A token of an app from before 2026: it does not expire."""
        return {"access_token": self.token}

    # ── news ───────────────────────────────────────────────────────────────────────────────────

    def tell(self, what: str, order: SimOrder, refund: SimRefund | None = None) -> None:
        for topic in TOPICS[what] + (("orders/paid",) if what == "placed" and order.paid_at else ()):
            if topic == "refunds/create":
                assert refund is not None
                self._send(topic, self.refund_document(order, refund))
            elif topic == "orders/edited":
                self._send(topic, {"order_edit": {"id": 1, "order_id": int(order.id), "notify_customer": False}})
            else:
                self._send(topic, self.order_document(order))

    def tell_of_customer(self, what: str, customer: SimCustomer) -> None:
        self._send(TOPICS[what][0], self.customer_document(customer))

    def _send(self, topic: str, document: dict[str, Any]) -> None:
        if self.webhooks and topic not in {webhook["topic"] for webhook in self.webhooks.values()}:
            return
        body = encoded(document)
        number = next(self._deliveries)
        self.deliver(Message(topic, body, {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(hmacs.hmac_sha256(self.secret.encode(), body)).decode(),
            "X-Shopify-Shop-Domain": "regulars.myshopify.com",
            "X-Shopify-API-Version": "2026-07",
            "X-Shopify-Webhook-Id": f"00000000-0000-4000-8000-{number:012}",
            "X-Shopify-Triggered-At": self.now.isoformat(),
        }))  # fmt: skip

    # ── documents ──────────────────────────────────────────────────────────────────────────────

    def order_id(self, number: str) -> str:
        return str(BEYOND + int(number))

    def customer_id(self, number: str) -> str:
        return str(BEYOND + int(number))

    def order_document(self, order: SimOrder) -> dict[str, Any]:
        customer = self.customer_document(order.customer) if order.customer else None
        left = order.subtotal - sum(refund.total - refund.shipping for refund in order.refunds)
        discount = sum(line.discount for line in order.lines)
        return {
            "id": int(order.id), "admin_graphql_api_id": f"gid://shopify/Order/{order.id}", "name": order.number,
            "order_number": int(order.number[1:]), "test": False, "confirmed": True, "source_name": "web",
            "currency": self.currency, "presentment_currency": self.currency, "taxes_included": True,
            "created_at": _time(order.placed_at), "processed_at": _time(order.placed_at),
            "updated_at": _time(order.updated_at), "cancelled_at": _time(order.cancelled_at),
            "financial_status": self._status(order), "email": order.email, "contact_email": order.email, "phone": None,
            "total_line_items_price": self._text(order.subtotal + discount), "total_discounts": self._text(discount),
            "subtotal_price": self._text(order.subtotal), "current_subtotal_price": self._text(left),
            "total_price": self._text(order.total), "current_total_price": self._text(order.total - order.refunded),
            "total_tax": self._text(order.total // 11), "total_shipping_price_set": self._set(order.shipping),
            "line_items": [self._line(line) for line in order.lines],
            "refunds": [self.refund_document(order, refund) for refund in order.refunds],
            "customer": customer, "billing_address": {"name": "Guest"} if customer is None else None,
        }  # fmt: skip

    def refund_document(self, order: SimOrder, refund: SimRefund) -> dict[str, Any]:
        lines = {line.id: line for line in order.lines}
        adjustments = []
        if refund.shipping:
            adjustments.append(
                {"kind": "shipping_refund", "amount": self._text(-refund.shipping), "tax_amount": "0.00"}
            )
        if refund.goods:
            adjustments.append(
                {"kind": "refund_discrepancy", "amount": self._text(-refund.goods), "tax_amount": "0.00"}
            )
        return {
            "id": BEYOND + int(refund.id), "order_id": int(order.id), "created_at": _time(refund.at),
            "processed_at": _time(refund.at), "note": refund.reason or None, "order_adjustments": adjustments,
            "refund_line_items": [
                {
                    "line_item_id": BEYOND + int(line_id), "quantity": quantity, "subtotal": self._number(money),
                    "total_tax": self._number(money // 11), "subtotal_set": self._set(money),
                    "line_item": self._line(lines[line_id]),
                }
                for line_id, (quantity, money) in refund.lines.items()
            ],
            "transactions": [{"kind": "refund", "amount": self._text(refund.total), "status": "success"}],
        }  # fmt: skip

    def customer_document(self, customer: SimCustomer) -> dict[str, Any]:
        first, _, last = customer.name.partition(" ")
        consent = {
            "state": "subscribed" if customer.subscribed else "unsubscribed",
            "consent_updated_at": _time(customer.updated_at), "opt_in_level": "single_opt_in",
        }  # fmt: skip
        return {
            "id": int(customer.id), "email": customer.email, "phone": customer.phone or None, "first_name": first,
            "last_name": last, "created_at": _time(customer.created_at), "updated_at": _time(customer.updated_at),
            "verified_email": True, "state": "enabled", "email_marketing_consent": consent,
            "sms_marketing_consent": None, "admin_graphql_api_id": f"gid://shopify/Customer/{customer.id}",
        }  # fmt: skip

    def _line(self, line: SimLine) -> dict[str, Any]:
        discounts = [{"amount": self._text(line.discount), "discount_application_index": 0}] if line.discount else []
        return {
            "id": BEYOND + int(line.id), "title": line.name, "name": line.name, "quantity": line.quantity,
            "current_quantity": line.quantity, "price": self._text(line.price), "total_discount": "0.00", "sku": "",
            "product_id": int(line.product) if line.product else None, "gift_card": False,
            "discount_allocations": discounts,
        }  # fmt: skip

    def _status(self, order: SimOrder) -> str:
        if order.paid_at is None:
            return "voided" if order.cancelled_at else "pending"
        if not order.refunds:
            return "paid"
        return "refunded" if order.refunded >= order.total else "partially_refunded"

    def _text(self, minor: int) -> str:
        return text(minor, self.currency, places=2)

    def _number(self, minor: int) -> Decimal:
        return Decimal(self._text(minor))

    def _set(self, minor: int) -> dict[str, Any]:
        money = {"amount": self._text(minor), "currency_code": self.currency}
        return {"shop_money": money, "presentment_money": money}

    # ── the API ────────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request) -> Answer:
        if request.path == "/admin/oauth/access_token":
            return self._grant(request)
        if request.headers.get("x-shopify-access-token") != self.token:
            return Answer(
                {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401
            )
        if request.path == "/admin/oauth/access_scopes.json":
            return Answer({"access_scopes": [{"handle": scope} for scope in self.scopes]})
        if not request.path.startswith(self.PATH):
            return Answer({"errors": "Not Found"}, 404)
        return self._resource(request, request.path.removeprefix(self.PATH).removesuffix(".json").split("/"))

    def _resource(self, request: Request, path: list[str]) -> Answer:
        kind, rest = path[0], path[1:]
        if kind == "shop":
            facts = {"name": "Regulars", "currency": self.currency, "domain": "regulars.example"}
            return Answer(
                {"shop": {**facts, "iana_timezone": "Asia/Seoul", "myshopify_domain": "regulars.myshopify.com"}}
            )
        if kind in ("orders", "customers") and f"read_{kind}" not in self.scopes:
            return Answer({"errors": f"[API] This action requires merchant approval for read_{kind} scope."}, 403)
        if kind == "orders":
            return self._orders(request, rest)
        if kind == "customers":
            found = list(self.customers.values())
            return Answer({"count": len(found)}) if rest else self._page(request, kind, found, self.customer_document)
        if kind == "webhooks":
            return self._webhooks(request, rest)
        if kind == "graphql":
            if "nodes(ids" in request.json()["query"]:
                return products.shopify(self.products, request, may="read_products" in self.scopes)
            return coupons.shopify(self.coupons, request, may="write_discounts" in self.scopes)
        return Answer({"errors": "Not Found"}, 404)

    def _orders(self, request: Request, rest: list[str]) -> Answer:
        if rest and rest != ["count"]:
            order = self.orders.get(rest[0])
            return Answer({"order": self.order_document(order)}) if order else Answer({"errors": "Not Found"}, 404)
        found = self._filtered(request.query)
        return Answer({"count": len(found)}) if rest else self._page(request, "orders", found, self.order_document)

    def _filtered(self, query: dict[str, str]) -> list[SimOrder]:
        asked = _unpacked(query["page_info"]) if "page_info" in query else query
        by = "updated_at" if "updated_at_max" in asked else "placed_at"
        name = "updated_at" if by == "updated_at" else "processed_at" if "processed_at_max" in asked else "created_at"
        found = self.in_window(_moment(asked.get(f"{name}_min")), _moment(asked.get(f"{name}_max")), by)
        if asked.get("status", "open") == "open":
            found = [order for order in found if order.cancelled_at is None]
        return found

    def _page(self, request: Request, kind: str, found: list[Any], render: Callable[[Any], dict[str, Any]]) -> Answer:
        query = request.query
        if "page_info" in query and set(query) - {"page_info", "limit"}:
            return Answer({"errors": {"page_info": "Cannot be used with other filters."}}, 400)
        asked = _unpacked(query["page_info"]) if "page_info" in query else {**query, "offset": "0"}
        start, limit = int(asked["offset"]), min(int(query.get("limit", 50)), 250)
        headers = {"X-Shopify-Shop-Api-Call-Limit": "1/40"}
        if start + limit < len(found):
            cursor = _packed({**asked, "offset": str(start + limit)})
            url = f"https://regulars.myshopify.com{self.PATH}{kind}.json?limit={limit}&page_info={cursor}"
            headers["Link"] = f'<{url}>; rel="next"'
            if start:
                headers["Link"] = f'<{url}&before=1>; rel="previous", {headers["Link"]}'
        return Answer({kind: [render(item) for item in found[start : start + limit]]}, headers=headers)

    def _webhooks(self, request: Request, rest: list[str]) -> Answer:
        if request.method == "DELETE":
            return Answer({}) if self.webhooks.pop(int(rest[0]), None) else Answer({"errors": "Not Found"}, 404)
        if request.method == "POST":
            wanted = request.json()["webhook"]
            if any(w["topic"] == wanted["topic"] and w["address"] == wanted["address"] for w in self.webhooks.values()):
                return Answer({"errors": {"address": ["for this topic has already been taken"]}}, 422)
            number = int(self.new_id())
            self.webhooks[number] = {
                "id": number,
                "topic": wanted["topic"],
                "address": wanted["address"],
                "format": "json",
            }
            return Answer({"webhook": self.webhooks[number]}, 201)
        address = request.query.get("address")
        found = [webhook for webhook in self.webhooks.values() if address in (None, webhook["address"])]
        return Answer({"webhooks": found})

    def _grant(self, request: Request) -> Answer:
        from urllib.parse import parse_qs

        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if (
            asked.get("grant_type") != "client_credentials"
            or (asked.get("client_id"), asked.get("client_secret")) != self.client
        ):
            return Answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 400)
        self.granted += 1
        self.token = f"shpat_granted_{self.granted}"
        return Answer({"access_token": self.token, "scope": ",".join(self.scopes), "expires_in": 86399})


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(SEOUL).isoformat(timespec="seconds") if moment else None


def _moment(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated) if stated else None


def _packed(asked: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(asked).encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> dict[str, str]:
    unpacked: dict[str, str] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return unpacked
