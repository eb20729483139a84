"""Square's Connect API: an access token of the merchant's own application.

Its news are thin and know no order of the till, so orders are read with their payments and refunds. The sandbox is
another host: `api_url` in the store's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from customers.snapshots import CustomerSnapshot, OrderSnapshot, ProductFacts
from storefront.connectors.interface import Origin
from storefront.connectors.square import reading
from storefront.platforms.http import Answer, ask, listed, page_of, understood, unless_unknown
from storefront.platforms.interface import By, Page, PlatformError, ShopFacts, Subscription

BASE = "https://connect.squareup.com"
VERSION = "2026-01-22"
PERMISSIONS = ("MERCHANT_PROFILE_READ", "ORDERS_READ", "PAYMENTS_READ", "CUSTOMERS_READ")
PAGE = 50
MAX_LOCATIONS = 10  # that one search takes
_DATES = {"placed": ("created_at", "CREATED_AT"), "changed": ("updated_at", "UPDATED_AT")}


class SquareReader:
    """The API of one seller. Its webhooks are set in the developer console, which also makes their signature key."""

    SUBSCRIBES = False

    def __init__(self, settings: dict[str, Any], credentials: dict[str, Any], origin: Origin) -> None:
        self.renewed: dict[str, Any] | None = None
        self._origin = origin
        self._base = settings.get("api_url") or BASE
        self._headers = {"Authorization": f"Bearer {credentials['access_token']}", "Square-Version": VERSION}

    def check(self) -> ShopFacts:
        """The business and its first location's time zone."""
        merchant = self._ask("GET", "merchants/me")
        locations = listed(self._ask("GET", "locations"), "locations")
        self._search({}, _ids(locations)[:1], "", limit=1)
        zone = str(locations[0].get("timezone") or "") if locations else ""
        return understood(lambda document: _facts(document, zone), merchant)

    def order(self, external_id: str) -> OrderSnapshot | None:
        """With the payments and refunds that it names."""
        path = f"orders/{quote(external_id, safe='')}"
        found = unless_unknown(lambda: self._get(path), lambda words: "NOT_FOUND" in words)
        return understood(lambda document: self._order(document["order"]), found.document) if found else None

    def orders(self, *, since: datetime | None, until: datetime, by: By, cursor: str = "") -> Page[OrderSnapshot]:
        """Oldest first, ten locations at a time."""
        field, sort = _DATES[by]
        window = {"end_at": _rfc3339(until), **({"start_at": _rfc3339(since)} if since else {})}
        query = {"filter": {"date_time_filter": {field: window}}, "sort": {"sort_field": sort, "sort_order": "ASC"}}
        group, _, inner = cursor.partition("|")
        first = int(group or 0)
        locations = _ids(listed(self._ask("GET", "locations"), "locations"))
        found = self._search(query, locations[first : first + MAX_LOCATIONS], inner)
        if follows := str(found.get("cursor") or ""):
            follows = f"{first}|{follows}"
        elif first + MAX_LOCATIONS < len(locations):
            follows = f"{first + MAX_LOCATIONS}|"
        return page_of(listed({"orders": [], **found}, "orders"), self._order, cursor=follows)

    def customers(self, *, cursor: str = "") -> Page[CustomerSnapshot]:
        """By the time they were added."""
        asked = {"limit": 100, "sort_field": "CREATED_AT", "sort_order": "ASC", "count": "true"}
        found = self._ask("GET", "customers", params={**asked, **({"cursor": cursor} if cursor else {})})
        total = None if cursor else found.get("count")
        documents = listed({"customers": [], **found}, "customers")
        return page_of(documents, self._customer, cursor=str(found.get("cursor") or ""), total=total)

    def products(self, ids: Sequence[str]) -> Mapping[str, ProductFacts]:
        """Nothing: Square's catalogue knows neither collections nor tags."""
        return {}

    def subscribe(self, hook_url: str, *, secret: str = "") -> list[str]:
        """Nothing: Square makes the signature key, and shows it only to whoever sets the webhook in its console."""
        return []

    def unsubscribe(self, hook_url: str) -> None:
        """Nothing, for the same reason."""

    def subscriptions(self, hook_url: str) -> list[Subscription]:
        """Belong to the application, not to the seller."""
        return []

    def _order(self, document: dict[str, Any]) -> OrderSnapshot:
        payments = [self._ask("GET", f"payments/{quote(p, safe='')}")["payment"] for p in _payment_ids(document)]
        refunds = [self._ask("GET", f"refunds/{quote(r, safe='')}")["refund"] for r in _refund_ids(document, payments)]
        return reading.order(document, payments, refunds, self._origin)

    def _customer(self, document: dict[str, Any]) -> CustomerSnapshot:
        return reading.customer(document, self._origin)

    def _search(self, query: dict[str, Any], locations: list[str], cursor: str, limit: int = PAGE) -> dict[str, Any]:
        body = {"location_ids": locations, "query": query, "limit": limit, **({"cursor": cursor} if cursor else {})}
        return self._ask("POST", "orders/search", body=body)

    def _get(self, path: str) -> Answer:
        return ask("GET", f"{self._base}/v2/{path}", headers=self._headers)

    def _ask(self, method: str, path: str, **asked: Any) -> dict[str, Any]:
        document = ask(method, f"{self._base}/v2/{path}", headers=self._headers, **asked).document
        if not isinstance(document, dict):
            raise PlatformError("unexpected", "The answer is no object.")
        return document


def _facts(document: dict[str, Any], zone: str) -> ShopFacts:
    merchant = document["merchant"]
    return ShopFacts(merchant.get("business_name") or "", merchant["currency"], "", zone)


def _ids(locations: list[dict[str, Any]]) -> list[str]:
    return [understood(lambda location: str(location["id"]), location) for location in locations]


def _payment_ids(order: dict[str, Any]) -> list[str]:
    """Each tender of an order is a payment; at the till `payment_id` may be left out and is the tender's own id."""
    return [str(t.get("payment_id") or t["id"]) for t in order.get("tenders") or []]


def _refund_ids(order: dict[str, Any], payments: list[dict[str, Any]]) -> list[str]:
    named = [str(refund["id"]) for refund in order.get("refunds") or []]
    return list(dict.fromkeys([*named, *(str(r) for p in payments for r in p.get("refund_ids") or [])]))


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
