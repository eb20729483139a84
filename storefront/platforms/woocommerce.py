"""WooCommerce's REST API v3: a consumer key and secret over HTTPS.

`after` and `before` leave their own second out, so we ask for one more on each side. Pages are walked by date, not by
number: an order that changes while we read moves to the end, and by number its neighbour would slip through. The times
are read as GMT (`dates_are_gmt`); refunds stand in the order only as totals and are asked for where there are any.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from customers.snapshots import CustomerSnapshot, OrderSnapshot, ProductFacts
from storefront.connectors.interface import Origin
from storefront.connectors.woocommerce import reading
from storefront.platforms import woocommerce_products
from storefront.platforms.http import Answer, ask, listed_alone, page_of, understood, unless_unknown
from storefront.platforms.interface import By, Page, PlatformError, ShopFacts, Subscription

PERMISSIONS = ("Read/Write",)
TOPICS = ("order.created", "order.updated", "order.deleted", "customer.created", "customer.updated")
PAGE = 50
SECOND = timedelta(seconds=1)
_SORTED = {"placed": ("date", "after", "before", "date_created_gmt")}
_SORTED["changed"] = ("modified", "modified_after", "modified_before", "date_modified_gmt")


class WooCommerceReader:
    """The REST API of one shop."""

    SUBSCRIBES = True

    def __init__(self, settings: dict[str, Any], credentials: dict[str, Any], origin: Origin) -> None:
        self.renewed: dict[str, Any] | None = None
        self._origin = origin
        self._site = str(settings.get("api_url") or settings["site_url"]).rstrip("/")
        pair = f"{credentials['consumer_key']}:{credentials['consumer_secret']}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def check(self) -> ShopFacts:
        """Name and time zone from WordPress, the currency from the shop; and whether orders may be read."""
        site = ask("GET", f"{self._site}/wp-json/", headers={}).document
        if not isinstance(site, dict) or "wc/v3" not in site.get("namespaces", []):
            raise PlatformError("not_found", "WooCommerce is not active there.")
        self._get("orders", {"per_page": 1})
        currency = understood(lambda document: str(document["code"]), self._get("data/currencies/current").document)
        name, url, zone = (str(site.get(key) or "") for key in ("name", "url", "timezone_string"))
        return ShopFacts(name, currency, url, zone)

    def order(self, external_id: str) -> OrderSnapshot | None:
        """By its numeric id, with its refunds."""
        path = f"orders/{quote(external_id, safe='')}"
        found = unless_unknown(lambda: self._get(path), lambda words: "_invalid_id" in words)
        return understood(self._order, found.document) if found else None

    def orders(self, *, since: datetime | None, until: datetime, by: By, cursor: str = "") -> Page[OrderSnapshot]:
        """Oldest first."""
        orderby, after, before, field = _SORTED[by]
        start, page = _place(cursor) if cursor else (since - SECOND if since else None, 1)
        asked = {"orderby": orderby, "order": "asc", "page": page, before: _gmt(until + SECOND)}
        if start:
            asked[after] = _gmt(start)
        answer = self._get("orders", {"per_page": PAGE, "dates_are_gmt": "true", "status": "any", **asked})
        documents = listed_alone(answer.document)
        total = None if cursor else _total(answer)
        return page_of(documents, self._order, cursor=_next_place(documents, field, start, page), total=total)

    def customers(self, *, cursor: str = "") -> Page[CustomerSnapshot]:
        """By id, so that newcomers come last."""
        page = int(cursor or 1)
        answer = self._get("customers", {"per_page": PAGE, "orderby": "id", "order": "asc", "page": page})
        documents = listed_alone(answer.document)
        follows = str(page + 1) if len(documents) == PAGE else ""
        return page_of(documents, self._customer, cursor=follows, total=None if cursor else _total(answer))

    def products(self, ids: Sequence[str]) -> Mapping[str, ProductFacts]:
        """Categories stand for collections, see woocommerce_products.py."""
        return woocommerce_products.products(lambda path, asked: self._get(path, asked).document, ids)

    def subscribe(self, hook_url: str, *, secret: str = "") -> list[str]:
        """One webhook for each topic, with our secret; one that WooCommerce has disabled is switched on again."""
        present = {subscription.topic: subscription for subscription in self.subscriptions(hook_url)}
        for topic in TOPICS:
            if known := present.get(topic):
                wanted = {"status": "active", "secret": secret}
                self._ask("PUT", f"webhooks/{known.id}", body=wanted)
            else:
                wanted = {"topic": topic, "delivery_url": hook_url, "secret": secret, "status": "active"}
                self._ask("POST", "webhooks", body={"name": f"Dangol {topic}", **wanted})
        return list(TOPICS)

    def unsubscribe(self, hook_url: str) -> None:
        """Delete the webhooks for good, past the bin."""
        for subscription in self.subscriptions(hook_url):
            self._ask("DELETE", f"webhooks/{subscription.id}", params={"force": "true"})

    def subscriptions(self, hook_url: str) -> list[Subscription]:
        """Those with our address; "disabled" after five failures in a row, "paused" by a person."""
        found: list[Subscription] = []
        for page in range(1, 11):  # a shop with more than 500 webhooks has other troubles
            documents = listed_alone(self._get("webhooks", {"per_page": PAGE, "page": page}).document)
            found += [understood(_subscription, w) for w in documents if w.get("delivery_url") == hook_url]
            if len(documents) < PAGE:
                break
        return found

    def call(self, method: str, path: str, **asked: Any) -> Answer:
        """Ask for something else below wc/v3 (woocommerce_coupons.py)."""
        return self._ask(method, path, **asked)

    def _order(self, document: dict[str, Any]) -> OrderSnapshot:
        refunds: list[dict[str, Any]] = []
        if document.get("refunds"):
            refunds = listed_alone(self._get(f"orders/{int(document['id'])}/refunds", {"per_page": 100}).document)
        return reading.order(document, self._origin, refunds=refunds)

    def _customer(self, document: dict[str, Any]) -> CustomerSnapshot:
        return reading.customer(document, self._origin)

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Answer:
        return self._ask("GET", path, params=params)

    def _ask(self, method: str, path: str, **asked: Any) -> Answer:
        try:
            return ask(method, f"{self._site}/wp-json/wc/v3/{path}", headers=self._headers, **asked)
        except PlatformError as error:
            if error.code == "wrong_credentials" and "permission" in error.detail:
                raise PlatformError(
                    "missing_permission", error.detail
                ) from error  # a key for reading only, asked to write
            raise


def _subscription(webhook: dict[str, Any]) -> Subscription:
    active = webhook.get("status") == "active"
    return Subscription(str(webhook["id"]), webhook["topic"], webhook["delivery_url"], active)


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _total(answer: Answer) -> int | None:
    stated = answer.headers.get("x-wp-total", "")
    return int(stated) if stated.isdecimal() else None


def _place(cursor: str) -> tuple[datetime | None, int]:
    start, _, page = cursor.partition("|")
    return datetime.fromisoformat(start) if start else None, int(page)


def _next_place(documents: list[dict[str, Any]], field: str, start: datetime | None, page: int) -> str:
    """From the last one's second on; or the next page, when a whole page (a bulk change) fell into that very second."""
    if len(documents) < PAGE:
        return ""
    try:
        first, last = (datetime.fromisoformat(d[field]).replace(tzinfo=UTC) for d in (documents[0], documents[-1]))
    except (KeyError, TypeError, ValueError) as error:
        raise PlatformError("unexpected", f"An order without {field}.") from error
    if first == last:
        return f"{start.isoformat() if start else ''}|{page + 1}"
    return f"{(last - SECOND).isoformat()}|1"
