"""Cafe24's Admin API: an app's access token for two hours, renewed against a refresh token that is replaced each time.

Orders are listed by days, at most three months at once and 15,000 of them; there is no date of last change, so
"changed" walks through the days of everything that can happen to an order. Days, and times without offset, are Korean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from customers.snapshots import CustomerSnapshot, OrderSnapshot, ProductFacts
from storefront.connectors.cafe24 import reading
from storefront.connectors.interface import Origin
from storefront.platforms import cafe24_products
from storefront.platforms.cafe24_grant import base_of, renewed
from storefront.platforms.http import Answer, ask, listed, page_of, understood, unless_unknown
from storefront.platforms.interface import By, Page, PlatformError, ShopFacts, Subscription

NEEDED = frozenset({"mall.read_store", "mall.read_order"})
EMBED = "items,buyer"
PAGE = 100
MEMBERS = 1000  # on one page
MAX_OFFSET = 15_000
DAY = timedelta(days=1)
WINDOW = 80 * DAY  # three months, of which the shortest have 89 days
SEOUL = ZoneInfo("Asia/Seoul")
EARLIEST = date(2010, 1, 1)
MARGIN = timedelta(minutes=5)
KINDS = {
    "placed": ("order_date",),
    "changed": (
        "order_date",
        "pay_date",
        "cancel_complete_date",
        "return_complete_date",
        "exchange_complete_date",
        "purchaseconfirmation_date",
    ),
}


class Cafe24Reader:
    """The Admin API of one shop. Its webhooks are set in the developer centre, by hand."""

    SUBSCRIBES = False

    def __init__(self, settings: dict[str, Any], credentials: dict[str, Any], origin: Origin) -> None:
        self.renewed: dict[str, Any] | None = None
        self._settings, self._credentials, self._origin = settings, credentials, origin
        self._shop_no = int(settings.get("shop_no") or 1)
        self._base = base_of(settings)

    def check(self) -> ShopFacts:
        """The shop's name and currency. Raises PlatformError("missing_permission") when the app lacks scopes."""
        store = self._get("store").document
        scopes = set((self.renewed or self._credentials).get("scopes") or NEEDED)
        if lacking := NEEDED - scopes:
            raise PlatformError("missing_permission", ", ".join(sorted(lacking)))
        self._get("orders/count", self._dates(_Place.first(_day(self._now), _day(self._now), "order_date")))
        currency = self._get("currency").document
        return understood(lambda documents: _facts(*documents), (store, currency))

    def order(self, external_id: str) -> OrderSnapshot | None:
        """With its lines and its buyer."""
        asked = {"shop_no": self._shop_no, "embed": EMBED}
        path = f"orders/{quote(external_id, safe='')}"
        found = unless_unknown(lambda: self._get(path, asked), self._is_unknown)
        return understood(lambda document: self._read(document["order"]), found.document) if found else None

    def orders(self, *, since: datetime | None, until: datetime, by: By, cursor: str = "") -> Page[OrderSnapshot]:
        """Window by window. Days are whole, so by "placed" what lies beside the asked time is left out here."""
        first, last = _day(since) if since else EARLIEST, _day(until)
        place = _Place.parse(cursor) if cursor else _Place.first(first, last, KINDS[by][0])
        asked = {**self._dates(place), "embed": EMBED, "limit": PAGE, "offset": place.offset}
        documents = listed(self._get("orders", asked).document, "orders")
        total = None
        if not cursor and by == "placed" and place.end == last:
            count = self._get("orders/count", self._dates(place)).document
            total = understood(lambda document: int(document["count"]), count)
        follows = place.after(len(documents), first, last, by)
        page = page_of(documents, self._read, id_field="order_id", cursor=follows, total=total)
        if by == "changed":
            return page
        return replace(
            page, items=[o for o in page.items if (not since or o.placed_at >= since) and o.placed_at <= until]
        )

    def customers(self, *, cursor: str = "") -> Page[CustomerSnapshot]:
        """By the day they joined: the listing goes on from the last one's, which comes twice."""
        asked = {"search_type": "created_date", "created_start_date": cursor or "2000-01-01", "limit": MEMBERS}
        answer = self._get("customersprivacy", {"shop_no": self._shop_no, **asked})
        documents = listed(answer.document, "customersprivacy")
        last = str(documents[-1].get("created_date") or "") if len(documents) == MEMBERS else ""
        if last and last == cursor:
            raise PlatformError("unexpected", f"More than {MEMBERS} members joined at {last}.")
        return page_of(documents, self._customer, id_field="member_id", cursor=last)

    def products(self, ids: Sequence[str]) -> Mapping[str, ProductFacts]:
        """Categories stand for collections, see cafe24_products.py."""
        return cafe24_products.products(self._get_unless_unknown, ids)

    def subscribe(self, hook_url: str, *, secret: str = "") -> list[str]:
        """Nothing: events are chosen in Cafe24's developer centre."""
        return []

    def unsubscribe(self, hook_url: str) -> None:
        """Nothing, for the same reason."""

    def subscriptions(self, hook_url: str) -> list[Subscription]:
        """The API does not tell."""
        return []

    def call(self, method: str, path: str, params: dict[str, Any] | None = None, *, request: Any = None) -> Answer:
        """Ask for something else of this shop below /api/v2/admin (cafe24_coupons.py)."""
        headers = {"Authorization": f"Bearer {self._token()}"}
        body = {"shop_no": self._shop_no, "request": request} if request is not None else None
        asked = {"shop_no": self._shop_no, **(params or {})} if body is None else params
        return ask(method, f"{self._base}/api/v2/admin/{path}", headers=headers, params=asked, body=body)

    def _is_unknown(self, words: str) -> bool:
        """Words mean that it was the API that answered; that it answers to something else, that it means the order."""
        return words != "404" and bool(self._get("store").document)

    @property
    def _now(self) -> datetime:
        return self._origin.received_at

    def _read(self, document: dict[str, Any]) -> OrderSnapshot:
        return reading.order(document, self._origin)

    def _customer(self, document: dict[str, Any]) -> CustomerSnapshot:
        return reading.customer(document, self._origin)

    def _dates(self, place: _Place) -> dict[str, Any]:
        window = {"start_date": place.start.isoformat(), "end_date": place.end.isoformat()}
        return {"shop_no": self._shop_no, "date_type": place.kind, **window}

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self._token()}"}
        return ask("GET", f"{self._base}/api/v2/admin/{path}", headers=headers, params=params)

    def _get_unless_unknown(self, path: str, asked: dict[str, Any]) -> Answer | None:
        return unless_unknown(lambda: self._get(path, {"shop_no": self._shop_no, **asked}), self._is_unknown)

    def _token(self) -> str:
        known = self.renewed or self._credentials
        expires = _moment(known.get("expires_at"))
        if known.get("access_token") and expires and expires - MARGIN > self._now:
            return str(known["access_token"])
        self.renewed = renewed(self._settings, known)
        return str(self.renewed["access_token"])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listing stands: which date is walked, its window of whole days and how far into it."""

    kind: str
    start: date
    end: date
    offset: int = 0

    @classmethod
    def first(cls, first: date, last: date, kind: str) -> _Place:
        return cls(kind, first, max(first, min(first + WINDOW, last)))

    @classmethod
    def parse(cls, cursor: str) -> _Place:
        kind, start, end, offset = cursor.split("|")
        return cls(kind, date.fromisoformat(start), date.fromisoformat(end), int(offset))

    def __str__(self) -> str:
        return f"{self.kind}|{self.start}|{self.end}|{self.offset}"

    def after(self, found: int, first: date, last: date, by: By) -> str:
        """Further into this window, else the next one, else the next kind of date from the beginning."""
        if found == PAGE and self.offset + PAGE > MAX_OFFSET:
            raise PlatformError("unexpected", f"More than {MAX_OFFSET} orders in {WINDOW.days} days.")
        if found == PAGE:
            return str(replace(self, offset=self.offset + PAGE))
        if self.end < last:
            return str(_Place.first(self.end + DAY, last, self.kind))
        kinds = KINDS[by]
        further = kinds[kinds.index(self.kind) + 1 :]
        return str(_Place.first(first, last, further[0])) if further else ""


def _facts(store: dict[str, Any], currency: dict[str, Any]) -> ShopFacts:
    shop, code = store["store"], currency["currency"]["shop_currency_code"]
    return ShopFacts(shop["shop_name"], code, f"https://{shop['primary_domain']}", "Asia/Seoul")


def _day(moment: datetime) -> date:
    return moment.astimezone(SEOUL).date()


def _moment(stated: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(stated))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=SEOUL)
