"""Shopify's Admin API, by its REST resources: their documents are the very ones its webhooks carry.

So news and re-reading are understood by one function and agree to the last digit (docs/decisions.md says why not
GraphQL). Tokens: either one that does not expire, from an app made in the shop's admin before 2026, or one for 24 hours
against the client id and secret of an app made in the Dev Dashboard. Pages: `page_info` from the Link header, which
stands alone in the next question. Orders older than 60 days need the permission read_all_orders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from customers.snapshots import CustomerSnapshot, OrderSnapshot, ProductFacts
from storefront.connectors.interface import Origin
from storefront.connectors.shopify import reading
from storefront.platforms import shopify_products
from storefront.platforms.http import Answer, ask, listed, page_of, understood, unless_unknown
from storefront.platforms.interface import By, Page, PlatformError, ShopFacts, Subscription

VERSION = "2026-07"
SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_products", "write_discounts")
NEEDED = frozenset({"read_orders", "read_customers"})
# The three topics of the privacy laws are set in the app's own settings; the API does not take them.
TOPICS = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/edited",
    "orders/cancelled",
    "refunds/create",
    "customers/create",
    "customers/update",
    "customers/merge",
)
PAGE = 100
TOKEN_MARGIN = timedelta(minutes=5)
# How GraphQL says that it does not answer, with status 200.
GRAPHQL_CODES = {"THROTTLED": "rate_limited", "ACCESS_DENIED": "missing_permission", "INTERNAL_SERVER_ERROR": "busy"}
_NEXT = re.compile(r'<([^>]+)>;\s*rel="?next"?')


class ShopifyReader:
    """The Admin API of one shop."""

    SUBSCRIBES = True

    def __init__(self, settings: dict[str, Any], credentials: dict[str, Any], origin: Origin) -> None:
        self.renewed: dict[str, Any] | None = None
        self._credentials, self._origin = credentials, origin
        self._base = settings.get("api_url") or f"https://{settings['shop_domain']}"

    def check(self) -> ShopFacts:
        """The shop's name and currency. Raises PlatformError("missing_permission") naming the scopes that lack."""
        granted = self._ask("GET", f"{self._base}/admin/oauth/access_scopes.json").document
        lacking = NEEDED - {str(scope.get("handle")) for scope in listed(granted, "access_scopes")}
        if lacking:
            raise PlatformError("missing_permission", ", ".join(sorted(lacking)))
        return understood(_facts, self._get("shop.json").document)

    def order(self, external_id: str) -> OrderSnapshot | None:
        """By its numeric id."""
        path = f"orders/{quote(external_id, safe='')}.json"
        found = unless_unknown(lambda: self._get(path), self._is_unknown)
        return understood(lambda document: self._order(document["order"]), found.document) if found else None

    def orders(self, *, since: datetime | None, until: datetime, by: By, cursor: str = "") -> Page[OrderSnapshot]:
        """Oldest first. `placed` goes by `processed_at`; the count can only go by `created_at`, nearly the same."""
        if cursor:
            return self._page({"page_info": cursor}, None)
        total = self._get("orders/count.json", {"status": "any", **_window(_COUNTED[by], since, until)})
        asked = {"status": "any", "order": f"{_LISTED[by]} asc", **_window(_LISTED[by], since, until)}
        return self._page(asked, understood(_count, total.document))

    def customers(self, *, cursor: str = "") -> Page[CustomerSnapshot]:
        """By id."""
        asked = {"page_info": cursor} if cursor else {"order": "id asc"}
        total = None if cursor else understood(_count, self._get("customers/count.json").document)
        answer = self._get("customers.json", {"limit": PAGE, **asked})
        return page_of(listed(answer.document, "customers"), self._customer, cursor=_next(answer), total=total)

    def products(self, ids: Sequence[str]) -> Mapping[str, ProductFacts]:
        """By GraphQL, see shopify_products.py."""
        return shopify_products.products(self.graphql, ids)

    def subscribe(self, hook_url: str, *, secret: str = "") -> list[str]:
        """Webhooks made through the API are signed with the app's client secret, whatever we would like."""
        present = {subscription.topic for subscription in self.subscriptions(hook_url)}
        for topic in TOPICS:
            if topic not in present:
                webhook = {"topic": topic, "address": hook_url, "format": "json"}
                self._ask("POST", self._path("webhooks.json"), body={"webhook": webhook})
        return list(TOPICS)

    def unsubscribe(self, hook_url: str) -> None:
        """Delete the webhooks."""
        for subscription in self.subscriptions(hook_url):
            self._ask("DELETE", self._path(f"webhooks/{quote(subscription.id, safe='')}.json"))

    def subscriptions(self, hook_url: str) -> list[Subscription]:
        """A webhook that Shopify gave up on is simply not there any more."""
        found = listed(self._get("webhooks.json", {"address": hook_url, "limit": 250}).document, "webhooks")
        ours = [webhook for webhook in found if webhook.get("address") == hook_url]
        return [understood(_subscription, webhook) for webhook in ours]

    def graphql(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The answer's data; for what REST has given up (shopify_coupons.py, shopify_products.py)."""
        body = {"query": query, "variables": variables}
        document = self._ask("POST", self._path("graphql.json"), body=body).document
        errors = document.get("errors") if isinstance(document, dict) else None
        if errors:
            first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
            code = str((first.get("extensions") or {}).get("code", ""))
            raise PlatformError(GRAPHQL_CODES.get(code, "unexpected"), str(first.get("message", errors))[:200])
        return understood(lambda answer: dict(answer["data"]), document)

    def _page(self, asked: dict[str, Any], total: int | None) -> Page[OrderSnapshot]:
        answer = self._get("orders.json", {"limit": PAGE, **asked})
        return page_of(listed(answer.document, "orders"), self._order, cursor=_next(answer), total=total)

    def _is_unknown(self, words: str) -> bool:
        """A shop that was closed says "Not Found" to everything; one that answers otherwise means the order."""
        return words == "404 Not Found" and bool(self._get("shop.json").document)

    def _order(self, document: dict[str, Any]) -> OrderSnapshot:
        return reading.order(document, self._origin)

    def _customer(self, document: dict[str, Any]) -> CustomerSnapshot:
        return reading.person(document, datetime.fromisoformat(document["updated_at"]), self._origin)

    def _path(self, path: str) -> str:
        return f"{self._base}/admin/api/{VERSION}/{path}"

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Answer:
        return self._ask("GET", self._path(path), params=params)

    def _ask(self, method: str, url: str, **asked: Any) -> Answer:
        return ask(method, url, headers={"X-Shopify-Access-Token": self._token()}, **asked)

    def _token(self) -> str:
        """The present token, or a new one where they expire."""
        known = self.renewed or self._credentials
        token, expires = known.get("access_token"), known.get("expires_at")
        fresh = not expires or datetime.fromisoformat(expires) - TOKEN_MARGIN > self._origin.received_at
        if token and fresh:
            return str(token)
        return self._renew()

    def _renew(self) -> str:
        """The client credentials grant, for apps of the shop's own organisation."""
        asked = {name: str(self._credentials.get(name, "")) for name in ("client_id", "client_secret")}
        try:
            granted = ask(
                "POST",
                f"{self._base}/admin/oauth/access_token",
                headers={},
                form={**asked, "grant_type": "client_credentials"},
            ).document
            token, lives = granted["access_token"], timedelta(seconds=int(granted["expires_in"]))
        except PlatformError as error:
            raise PlatformError("wrong_credentials", error.detail) if error.code == "unexpected" else error from error
        except (KeyError, TypeError, ValueError) as error:
            raise PlatformError("unexpected", "The answer has no token.") from error
        expires_at = (self._origin.received_at + lives).isoformat()
        self.renewed = {**self._credentials, "access_token": token, "expires_at": expires_at}
        return str(token)


_LISTED = {"placed": "processed_at", "changed": "updated_at"}
_COUNTED = {"placed": "created_at", "changed": "updated_at"}


def _facts(document: dict[str, Any]) -> ShopFacts:
    shop = document["shop"]
    return ShopFacts(shop["name"], shop["currency"], f"https://{shop['domain']}", shop.get("iana_timezone") or "")


def _count(document: dict[str, Any]) -> int:
    return int(document["count"])


def _subscription(webhook: dict[str, Any]) -> Subscription:
    return Subscription(str(webhook["id"]), webhook["topic"], webhook["address"])


def _window(field: str, since: datetime | None, until: datetime) -> dict[str, str]:
    window = {f"{field}_max": until.isoformat(timespec="seconds")}
    return {f"{field}_min": since.isoformat(timespec="seconds"), **window} if since else window


def _next(answer: Answer) -> str:
    found = _NEXT.search(answer.headers.get("link", ""))
    return parse_qs(urlsplit(found[1]).query).get("page_info", [""])[0] if found else ""
