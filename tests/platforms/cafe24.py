"""Cafe24: the Admin API of one mall, and its webhooks.

No signature but a static key; events tell hardly more than the order's number, bulk ones several with commas; a part
given back is split off its line; amounts always have two places; there is no time of last change; tokens live two hours
and a refresh token is good for one use.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from tests.platforms import coupons, products
from tests.platforms.money import text
from tests.platforms.server import Answer, Request, encoded
from tests.platforms.shop import Shop, SimCustomer, SimLine, SimOrder, SimRefund
from tests.platforms.wire import Deliver, Message

SEOUL = ZoneInfo("Asia/Seoul")
EVENTS = {"placed": (90023,), "paid": (90025,), "refunded": (90029,), "cancelled": (90026,), "edited": (90025,)}
BULK = {90025: 90025, 90026: 90072, 90029: 90073}
AMOUNTS = ("coupon_discount_price", "coupon_shipping_fee_amount", "membership_discount_amount", "credits_spent_amount",
           "shipping_fee_discount_amount", "set_product_discount_amount", "app_discount_amount", "points_spent_amount",
           "point_incentive_amount", "market_other_discount_amount", "tax")  # fmt: skip
NEEDED = {
    "orders": "mall.read_order", "customersprivacy": "mall.read_privacy", "coupons": "mall.write_promotion",
    "customers": "mall.write_promotion", "products": "mall.read_product", "categories": "mall.read_category",
}  # fmt: skip
DATES = {"order_date": "placed_at", "pay_date": "paid_at", "cancel_complete_date": "cancelled_at"}


class Cafe24Shop(Shop):
    """One mall with one app."""

    KIND = "cafe24"

    def __init__(self, send: Deliver | None = None, *, secret: str = "x-api-key-of-the-app", **shop: Any) -> None:
        super().__init__(send, **shop)
        self.secret, self.client = secret, ("app", "app-secret")
        self.scopes = [
            "mall.read_store", "mall.read_order", "mall.read_customer", "mall.read_privacy", "mall.read_promotion",
            "mall.write_promotion", "mall.read_product", "mall.read_category",
        ]  # fmt: skip
        self.codes: dict[Any, str] = {}  # each good once, for the address to which it was sent
        self._generation = 1
        self._expires = self.now + timedelta(hours=2)

    @property
    def access_token(self) -> str:
        return f"access-{self._generation}"

    @property
    def refresh_token(self) -> str:
        return f"refresh-{self._generation}"

    def settings(self) -> dict[str, str]:
        """What the merchant enters on our side."""
        return {"mall_id": "regulars"}

    def credentials(self) -> dict[str, Any]:
        """What the app got when it was allowed into the mall; its access token lives two hours from now."""
        return {"client_id": self.client[0], "client_secret": self.client[1], **self._tokens()}

    def consent(self, redirect_uri: str) -> str:
        """The owner lets the app into the mall and is sent back with this code."""
        code = f"code-{len(self.codes) + 1}"
        self.codes[code] = redirect_uri
        return code

    # ── news ───────────────────────────────────────────────────────────────────────────────────

    def tell(self, what: str, order: SimOrder, refund: SimRefund | None = None) -> None:
        for event in EVENTS[what] + ((90025,) if what == "placed" and order.paid_at else ()):
            self.tell_in_bulk(event, order)

    def tell_in_bulk(self, event: int, *orders: SimOrder) -> None:
        """One event for several orders, as when the owner ticks many and presses one button."""
        number = BULK.get(event, event) if len(orders) > 1 else event
        resource = {"mall_id": "regulars", "event_shop_no": 1, "order_id": ",".join(order.id for order in orders)}
        first = orders[0]
        resource |= {"currency": self.currency, "member_id": first.customer.id if first.customer else None}
        resource |= {"order_price_amount": self._text(first.subtotal), "paid": "T" if first.paid_at else "F"}
        self._send({"event_no": number, "resource": resource})

    def tell_of_customer(self, what: str, customer: SimCustomer) -> None:
        if what == "registered":
            self._send(
                {"event_no": 90032, "resource": {"mall_id": "regulars", "event_shop_no": 1, **self._member(customer)}}
            )
        else:
            self._send({"event_no": 90080, "mall_id": "regulars", "event_shop_no": 1, "member_id": customer.id})

    def _send(self, document: dict[str, Any]) -> None:
        headers = {"X-Api-Key": self.secret, "X-Trace-Id": "00000000"}
        self.deliver(Message(str(document["event_no"]), encoded(document), headers))

    # ── documents ──────────────────────────────────────────────────────────────────────────────

    def order_id(self, number: str) -> str:
        return f"{self.now.astimezone(SEOUL):%Y%m%d}-{int(number):07}"

    def customer_id(self, number: str) -> str:
        return f"member{number}"

    def order_document(self, order: SimOrder, embed: set[str]) -> dict[str, Any]:
        gone = order.total if order.cancelled_at else order.refunded
        shipping_gone = order.shipping if order.cancelled_at else sum(r.shipping for r in order.refunds)
        document: dict[str, Any] = {
            "shop_no": 1, "currency": self.currency, "order_id": order.id, "market_id": "self",
            "member_id": order.customer.id if order.customer else "", "member_authentication": "T",
            "member_email": order.email if order.customer else "", "billing_name": "홍길동",
            "initial_order_amount": self._amounts(order.subtotal, order.shipping, order),
            "actual_order_amount": self._amounts(
                order.subtotal - (gone - shipping_gone), order.shipping - shipping_gone, order
            ),
            "payment_method": ["card"], "paid": "T" if order.paid_at else "F",
            "canceled": "T" if order.cancelled_at else "F", "order_date": _time(order.placed_at),
            "payment_date": _time(order.paid_at), "cancel_date": _time(order.cancelled_at), "first_order": "F",
            "payment_amount": self._text(order.total), "shipping_status": "F", "return_confirmed_date": None,
            "include_tax": "T",
        }  # fmt: skip
        if "items" in embed:
            document["items"] = self._items(order)
        if "buyer" in embed:
            phone = order.customer.phone if order.customer else "010-0000-0000"
            document["buyer"] = {"name": "홍길동", "email": order.email, "phone": "", "cellphone": phone}
        return document

    def _amounts(self, goods: int, shipping: int, order: SimOrder) -> dict[str, str]:
        """The discounts lie in the lines here, so goods come after them; the price amount is before them."""
        discount = sum(line.discount for line in order.lines) if goods else 0
        amounts = {name: self._text(0) for name in AMOUNTS} | {"coupon_discount_price": self._text(discount)}
        amounts |= {"order_price_amount": self._text(goods + discount), "shipping_fee": self._text(shipping)}
        return amounts | {
            "total_amount_due": self._text(goods + shipping),
            "payment_amount": self._text(goods + shipping),
        }

    def _items(self, order: SimOrder) -> list[dict[str, Any]]:
        """What is kept of each line, then what was split off by claims."""
        items: list[dict[str, Any]] = []
        back: dict[str, int] = {}
        for refund in order.refunds:
            for line_id, (quantity, _) in refund.lines.items():
                back[line_id] = back.get(line_id, 0) + quantity
        for line in order.lines:
            if kept := line.quantity - back.get(line.id, 0):
                status = (
                    ("C40", "C2", f"C{order.id}")
                    if order.cancelled_at
                    else ("N10" if order.paid_at else "N00", "N1", None)
                )
                items.append(self._item(order, line, kept, len(items) + 1, *status))
            if gone := back.get(line.id, 0):
                items.append(self._item(order, line, gone, len(items) + 1, "R40", "C3", f"R{order.id}"))
        return items

    def _item(
        self, order: SimOrder, line: SimLine, quantity: int, number: int, status: str, code: str, claim: str | None
    ) -> dict[str, Any]:
        share = line.discount * quantity // line.quantity
        return {
            "shop_no": 1, "item_no": number, "order_item_code": f"{order.id}-{number:02}",
            "variant_code": "P000000R000A",
            "product_no": int(line.product or 20), "product_code": "P000000R", "product_name": line.name,
            "quantity": quantity, "product_price": self._text(line.price), "option_price": self._text(0),
            "additional_discount_price": self._text(0), "coupon_discount_price": self._text(share),
            "app_item_discount_amount": self._text(0), "payment_amount": self._text(line.price * quantity - share),
            "order_status": status, "status_code": code, "claim_code": claim,
            "claim_quantity": quantity if claim else 0, "gift": "F", "original_item_no": None,
        }  # fmt: skip

    def _member(self, customer: SimCustomer) -> dict[str, Any]:
        consent = "T" if customer.subscribed else "F"
        return {
            "shop_no": 1, "member_id": customer.id, "name": customer.name, "email": customer.email, "phone": "",
            "cellphone": customer.phone, "created_date": _time(customer.created_at), "birthday": "", "sms": consent,
            "news_mail": consent, "member_type": "p", "available_points": "0.00",
        }  # fmt: skip

    def _text(self, minor: int) -> str:
        return text(minor, self.currency, places=2)

    # ── the API ────────────────────────────────────────────────────────────────────────────────

    def answer(self, request: Request) -> Answer:
        if request.path == "/api/v2/oauth/token":
            return self._grant(request)
        if request.headers.get("authorization") != f"Bearer {self.access_token}" or self.now >= self._expires:
            return _error(401, "access_token time expired. (invalid_token)")
        kind, *rest = request.path.removeprefix("/api/v2/admin/").split("/")
        answer = self._resource(kind, rest, request)
        answer.headers["X-Api-Call-Limit"] = "1/40"
        return answer

    def _resource(self, kind: str, rest: list[str], request: Request) -> Answer:
        needed = NEEDED.get(kind, "mall.read_store")
        if needed not in self.scopes:
            return _error(403, "insufficient_scope. You need the right scope to access this resource.")
        if kind == "store":
            return Answer(
                {
                    "store": {
                        "shop_no": 1,
                        "shop_name": "단골가게",
                        "mall_id": "regulars",
                        "primary_domain": "regulars.example",
                    }
                }
            )
        if kind == "currency":
            return Answer({"currency": {"shop_no": 1, "shop_currency_code": self.currency, "exchange_rate": "1.00"}})
        if kind == "orders":
            return self._orders(rest, request.query)
        if kind == "customersprivacy":
            return self._members(request.query)
        if kind in ("products", "categories"):
            return products.cafe24(self.products, kind, rest, request, _error)
        if kind == "coupons":
            return coupons.cafe24(self.coupons, request, rest, self.new_id(), set(self.customers))
        if kind == "customers" and rest[1:2] == ["coupons"]:
            return coupons.cafe24_of_member(self.coupons, rest[0], rest[2])
        return _error(404, "No API found.")

    def _orders(self, rest: list[str], query: dict[str, str]) -> Answer:
        embed = set(query.get("embed", "").split(","))
        if rest and rest != ["count"]:
            order = self.orders.get(rest[0])
            return Answer({"order": self.order_document(order, embed)}) if order else _error(404, "No order found.")
        start, end = (datetime.fromisoformat(query[name]).replace(tzinfo=SEOUL) for name in ("start_date", "end_date"))
        if end - start > timedelta(days=92):
            return _error(422, "The search period cannot exceed 3 months.")
        found = [o for o in self.orders.values() if any(start <= d < end + timedelta(days=1) for d in _dates(o, query))]
        if rest:
            return Answer({"count": len(found)})
        limit, offset = int(query.get("limit", 10)), int(query.get("offset", 0))
        if limit > 1000 or offset > 15_000:
            return _error(422, "Invalid parameter.")
        return Answer({"orders": [self.order_document(o, embed) for o in found[offset : offset + limit]], "links": []})

    def _members(self, query: dict[str, str]) -> Answer:
        since = datetime.fromisoformat(query["created_start_date"])
        since = since if since.tzinfo else since.replace(tzinfo=SEOUL)
        found = sorted((c for c in self.customers.values() if c.created_at >= since), key=lambda c: c.created_at)
        return Answer({"customersprivacy": [self._member(c) for c in found[: int(query.get("limit", 30))]]})

    def _grant(self, request: Request) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        pair = base64.b64encode(":".join(self.client).encode()).decode()
        bought = asked.get("grant_type") == "authorization_code" and self.codes.pop(asked.get("code"), "?")
        known = asked.get("refresh_token") == self.refresh_token or bought == asked.get("redirect_uri", "")
        if request.headers.get("authorization") != f"Basic {pair}" or not known:
            return Answer({"error": "invalid_grant", "error_description": "Invalid refresh_token"}, 400)
        self._generation += 1
        return Answer({**self._tokens(), "client_id": self.client[0], "mall_id": "regulars", "user_id": "owner"})

    def _tokens(self) -> dict[str, Any]:
        self._expires = self.now + timedelta(hours=2)
        return {
            "access_token": self.access_token, "expires_at": _plain(self._expires),
            "refresh_token": self.refresh_token, "refresh_token_expires_at": _plain(self.now + timedelta(days=14)),
            "scopes": self.scopes, "issued_at": _plain(self.now),
        }  # fmt: skip


def _dates(order: SimOrder, query: dict[str, str]) -> list[datetime]:
    """The moments of the asked kind."""
    kind = query.get("date_type", "order_date")
    if kind == "return_complete_date":
        return [refund.at for refund in order.refunds]
    moment = getattr(order, DATES[kind]) if kind in DATES else None
    return [moment] if moment else []


def _error(code: int, message: str) -> Answer:
    return Answer({"error": {"code": code, "message": message}}, code)


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(SEOUL).isoformat(timespec="seconds") if moment else None


def _plain(moment: datetime) -> str:
    """Without offset, with thousandths."""
    return moment.astimezone(SEOUL).replace(tzinfo=None).isoformat(timespec="milliseconds")
