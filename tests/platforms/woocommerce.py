"""WooCommerce: REST API v3 of one shop in WordPress, and its webhooks.

`after` and `before` leave their second out; times are local without offset, or GMT without "Z"; refunds stand in an
order only as totals; a line's price is a number; the first ping is an unsigned form; two deliveries in one second share
an id; nothing is sent again, and after more than five failures in a row a webhook is disabled without a word.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from storefront.signatures import hmacs
from tests.platforms import coupons, products
from tests.platforms.money import text
from tests.platforms.server import Answer, Request, encoded
from tests.platforms.shop import Shop, SimCustomer, SimLine, SimOrder, SimRefund
from tests.platforms.wire import Deliver, Message

SEOUL = timezone(timedelta(hours=9))
TOPICS = {
    "placed": ("order.created", "order.updated"),
    "paid": ("order.updated",),
    "refunded": ("order.updated",),
    "cancelled": ("order.updated",),
    "edited": ("order.updated", "order.updated"),
    "registered": ("customer.created",),
    "changed": ("customer.updated",),
}
MAX_FAILURES = 5
UNKNOWN_KEY = {
    "code": "woocommerce_rest_authentication_error", "message": "Consumer key is invalid.", "data": {"status": 401},
}  # fmt: skip
READ_ONLY = {**UNKNOWN_KEY, "message": "The API key provided does not have write permissions."}
FORBIDDEN = Answer(
    {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources.", "data": {"status": 403}},
    403,
)
MISSING = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}


class WooCommerceShop(Shop):
    """One shop with one key. Until webhooks are made, all news are sent with `secret`."""

    KIND = "woocommerce"

    def __init__(self, send: Deliver | None = None, *, secret: str = "hush", **shop: Any) -> None:
        super().__init__(send, **shop)
        self.secret, self.key, self.key_secret, self.may_write = secret, "ck_test", "cs_test", True
        self.may_see_products = True
        self.webhooks: dict[int, dict[str, Any]] = {}
        self.pings: list[Message] = []  # on their way: sent before the next news, for the API answers in another thread

    def settings(self) -> dict[str, str]:
        """What the merchant enters on our side."""
        return {"site_url": "https://regulars.example"}

    def credentials(self) -> dict[str, str]:
        """The pair from WooCommerce's advanced settings."""
        return {"consumer_key": self.key, "consumer_secret": self.key_secret}

    # ── news ───────────────────────────────────────────────────────────────────────────────────

    def tell(self, what: str, order: SimOrder, refund: SimRefund | None = None) -> None:
        for topic in TOPICS[what]:
            self._send(topic, self.order_document(order))

    def tell_of_customer(self, what: str, customer: SimCustomer) -> None:
        self._send(TOPICS[what][0], self.customer_document(customer))

    def _send(self, topic: str, document: dict[str, Any]) -> None:
        while self.pings:
            self.deliver(self.pings.pop(0))
        if not self.webhooks:
            self._post(topic, document, {"id": 1, "secret": self.secret})
        for webhook in self.webhooks.values():
            if webhook["topic"] == topic and webhook["status"] == "active":
                ok = 200 <= self._post(topic, document, webhook) <= 302
                webhook["failure_count"] = 0 if ok else webhook["failure_count"] + 1
                if webhook["failure_count"] > MAX_FAILURES:
                    webhook["status"] = "disabled"

    def _post(self, topic: str, document: dict[str, Any], webhook: dict[str, Any]) -> int:
        body, (resource, event) = encoded(document), topic.split(".")
        second = f"{webhook['id']}{int(self.now.timestamp())}"
        return self.deliver(Message(topic, body, {
            "X-WC-Webhook-Source": "https://regulars.example/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": base64.b64encode(hmacs.hmac_sha256(webhook["secret"].encode(), body)).decode(),
            "X-WC-Webhook-ID": str(webhook["id"]),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(second.encode()).hexdigest(),
        }))  # fmt: skip

    # ── documents ──────────────────────────────────────────────────────────────────────────────

    def order_document(self, order: SimOrder) -> dict[str, Any]:
        customer = order.customer
        first, _, last = customer.name.partition(" ") if customer else ("Guest", "", "")
        billing = {"first_name": first, "last_name": last, "email": order.email}
        billing |= {"phone": customer.phone if customer else "", "country": "KR"}
        return {
            "id": int(order.id), "parent_id": 0, "number": order.number[1:], "order_key": f"wc_order_{order.id}",
            "created_via": "checkout", "version": "10.2.0", "status": self._status(order), "currency": self.currency,
            **_times("date_created", order.placed_at), **_times("date_modified", order.updated_at),
            **_times("date_paid", order.paid_at), **_times("date_completed", None),
            "discount_total": self._text(sum(line.discount for line in order.lines)), "discount_tax": self._text(0),
            "shipping_total": self._text(order.shipping), "shipping_tax": self._text(0), "cart_tax": self._text(0),
            "total": self._text(order.total), "total_tax": self._text(0), "prices_include_tax": True,
            "customer_id": int(customer.id) if customer else 0, "customer_note": "", "billing": billing,
            "shipping": {}, "payment_method": "bacs", "transaction_id": "", "meta_data": [],
            "line_items": [self._line(line) for line in order.lines], "tax_lines": [],
            "shipping_lines": [self._shipping(order.shipping)] if order.shipping else [],
            "fee_lines": [], "coupon_lines": [],
            "refunds": [
                {"id": int(r.id), "reason": r.reason, "total": self._text(-r.total)} for r in reversed(order.refunds)
            ],
        }  # fmt: skip

    def refund_document(self, refund: SimRefund) -> dict[str, Any]:
        return {
            "id": int(refund.id), **_times("date_created", refund.at), "amount": self._text(refund.total),
            "reason": refund.reason, "refunded_by": 1, "refunded_payment": True, "meta_data": [],
            "line_items": [
                {
                    "id": int(line_id) + 900_000, "name": "", "quantity": -quantity, "total": self._text(-money),
                    "total_tax": self._text(0), "subtotal": self._text(-money), "price": money // max(quantity, 1),
                    "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": line_id}],
                }
                for line_id, (quantity, money) in refund.lines.items()
            ],
            "shipping_lines": [self._shipping(-refund.shipping)] if refund.shipping else [], "fee_lines": [],
            "tax_lines": [],
        }  # fmt: skip

    def customer_document(self, customer: SimCustomer) -> dict[str, Any]:
        first, _, last = customer.name.partition(" ")
        return {
            "id": int(customer.id), **_times("date_created", customer.created_at),
            **_times("date_modified", customer.updated_at), "email": customer.email, "first_name": first,
            "last_name": last, "role": "customer", "username": customer.email,
            "billing": {"first_name": first, "last_name": last, "email": customer.email, "phone": customer.phone},
            "shipping": {}, "is_paying_customer": True, "avatar_url": "", "meta_data": [],
        }  # fmt: skip

    def _status(self, order: SimOrder) -> str:
        if order.cancelled_at:
            return "cancelled"
        if order.paid_at is None:
            return "pending"
        return "refunded" if order.refunded >= order.total else "processing"

    def _line(self, line: SimLine) -> dict[str, Any]:
        return {
            "id": int(line.id), "name": line.name, "product_id": int(line.product or 87), "variation_id": 0,
            "quantity": line.quantity, "tax_class": "",
            "subtotal": self._text(line.total + line.discount), "subtotal_tax": self._text(0),
            "total": self._text(line.total), "total_tax": self._text(0), "taxes": [], "meta_data": [], "sku": "",
            "price": Decimal(self._text(line.total)) / line.quantity,
        }  # fmt: skip

    def _shipping(self, minor: int) -> dict[str, Any]:
        return {"id": 312, "method_title": "Flat rate", "method_id": "flat_rate", "total": self._text(minor),
                "total_tax": self._text(0), "taxes": [], "meta_data": []}  # fmt: skip

    def _text(self, minor: int) -> str:
        return text(minor, self.currency)

    # ── the API ────────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request) -> Answer:
        if request.path == "/wp-json/":
            site = {"name": "Regulars", "url": "https://regulars.example", "timezone_string": "Asia/Seoul"}
            return Answer({**site, "gmt_offset": "9", "namespaces": ["wp/v2", "wc/v3"]})
        pair = base64.b64encode(f"{self.key}:{self.key_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return Answer(UNKNOWN_KEY, 401)
        if request.method != "GET" and not self.may_write:
            return Answer(READ_ONLY, 401)
        kind, *rest = request.path.removeprefix("/wp-json/wc/v3/").split("/")
        if kind == "data":
            return Answer({"code": self.currency, "name": "", "symbol": ""})
        if kind == "orders":
            return self._orders(request, rest)
        if kind == "customers":
            return _paged(request, [self.customer_document(c) for c in self.customers.values()])
        if kind == "webhooks":
            return self._webhooks(request, rest)
        if kind == "products":
            return products.woocommerce(self.products, request, rest, _paged) if self.may_see_products else FORBIDDEN
        if kind == "coupons":
            return coupons.woocommerce(self.coupons, request, rest, self.new_id())
        return Answer({"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}, 404)

    def _orders(self, request: Request, rest: list[str]) -> Answer:
        if not rest:
            return _paged(request, [self.order_document(order) for order in self._filtered(request.query)])
        order = self.orders.get(rest[0])
        if order is None:
            return Answer(MISSING, 404)
        if rest[1:] == ["refunds"]:
            return _paged(request, [self.refund_document(refund) for refund in order.refunds])
        return Answer(self.order_document(order))

    def _filtered(self, query: dict[str, str]) -> list[SimOrder]:
        by = "updated_at" if query.get("orderby") == "modified" else "placed_at"
        prefix, zone = (
            ("modified_" if by == "updated_at" else ""),
            UTC if query.get("dates_are_gmt") == "true" else SEOUL,
        )
        after, before = (_moment(query.get(prefix + name), zone) for name in ("after", "before"))
        second = timedelta(seconds=1)
        found = self.in_window(after and after + second, before and before - second, by)
        return found if query.get("order") == "asc" else found[::-1]

    def _webhooks(self, request: Request, rest: list[str]) -> Answer:
        if not rest and request.method == "GET":
            return _paged(request, [_shown(webhook) for webhook in self.webhooks.values()])
        if not rest:
            return self._new_webhook(request.json())
        number = int(rest[0])
        if number not in self.webhooks:
            return Answer({"code": "woocommerce_rest_shop_webhook_invalid_id", "message": "Invalid ID."}, 404)
        if request.method == "DELETE":
            return Answer(_shown(self.webhooks.pop(number)))
        if request.method == "PUT":
            self.webhooks[number] |= request.json()
            self.webhooks[number]["failure_count"] = 0
        return Answer(_shown(self.webhooks[number]))

    def _new_webhook(self, wanted: dict[str, Any]) -> Answer:
        number = int(self.new_id())
        webhook = {"id": number, "status": "active", "failure_count": 0, **wanted}
        ping = Message("ping", f"webhook_id={number}".encode(), {}, content_type="application/x-www-form-urlencoded")
        self.pings.append(ping)
        self.webhooks[number] = webhook
        return Answer(_shown(webhook), 201)


def _shown(webhook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in webhook.items() if name not in ("secret", "failure_count")}


def _paged(request: Request, documents: list[dict[str, Any]]) -> Answer:
    size, page = int(request.query.get("per_page", 10)), int(request.query.get("page", 1))
    if size > 100:
        return Answer({"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page"}, 400)
    headers = {"X-WP-Total": str(len(documents)), "X-WP-TotalPages": str(-(-len(documents) // size))}
    return Answer(documents[(page - 1) * size : page * size], headers=headers)


def _times(name: str, moment: datetime | None) -> dict[str, str | None]:
    def plain(zone: timezone) -> str | None:
        return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds") if moment else None

    return {name: plain(SEOUL), f"{name}_gmt": plain(UTC)}


def _moment(stated: str | None, zone: timezone) -> datetime | None:
    return datetime.fromisoformat(stated).replace(tzinfo=zone) if stated else None
