"""`python -m demo.webshop`: the bike shop's second storefront, a simulated WooCommerce that listens on this machine.

It is there to be connected: its history can be read, its webhooks registered, both sides compared. What happened is a
function of the time alone, so a restart finds the shop as it was; what it sold while the demo stood still was told to
nobody, as in real life, and the comparison finds it.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import django

DAYS = 60  # of trade before the demo's first start
STEP = timedelta(minutes=20)
SALES = 0.035  # orders in one step, about three a day
WARES = (
    ("Track pump", 3499), ("Multi-tool", 2299), ("Bottle cage", 999), ("Saddle bag", 2799), ("Mudguard set", 3999),
    ("Bell, brass", 1499), ("Cycling cap", 1899), ("Pannier", 6499),
)  # fmt: skip
BUYERS = (
    "Maisie Turner", "Caleb Osei", "Rosa Whitfield", "Idris Malik", "Hattie Moss", "Gwilym Pryce", "Anya Petrov",
    "Dominic Shaw", "Lottie Barker", "Kwame Boateng", "Elsie Drummond", "Rafael Costa",
)  # fmt: skip
TICK_SECONDS = 15.0
KEYS = {"consumer_key": "ck_demo", "consumer_secret": "cs_demo"}


@dataclass(frozen=True)
class Sale:
    """One order as chance made it."""

    at: datetime
    buyer: int | None  # index of BUYERS; None for a guest
    lines: tuple[tuple[str, int, int], ...]
    back: bool  # whether the first line is given back two days later


def sales(began: datetime) -> Iterator[Sale]:
    """All orders there will ever be, from DAYS before `began` on; the same ones for the same beginning."""
    random, at = Random("webshop"), began - timedelta(days=DAYS)
    while True:
        at += STEP
        chance = random.random()
        if chance < SALES:
            wares = random.sample(WARES, random.choice((1, 1, 2, 3)))
            lines = tuple((name, price, random.choice((1, 1, 1, 2))) for name, price in wares)
            buyer = random.randrange(len(BUYERS)) if random.random() < 0.8 else None
            yield Sale(at, buyer, lines, random.random() < 0.08)


def happenings(began: datetime) -> Iterator[tuple[datetime, int, Sale]]:
    """Orders and what is given back of them, in the order of time: when, the order's place in the row, the sale."""
    pending: list[tuple[datetime, int, Sale]] = []
    for number, sale in enumerate(sales(began)):
        while pending and pending[0][0] <= sale.at:
            yield pending.pop(0)
        yield sale.at, number, sale
        if sale.back:
            pending.append((sale.at + timedelta(days=2), number, sale))


class Trade:
    """Plays what happens on a simulated shop, as far as the clock has come."""

    def __init__(self, shop: Any, began: datetime) -> None:
        self.shop = shop
        self._to_come = happenings(began)
        self._next = next(self._to_come)
        self._orders: dict[int, Any] = {}
        self._accounts: dict[int, Any] = {}

    def catch_up(self, now: datetime) -> None:
        """Let everything happen that is due at `now`."""
        while self._next[0] <= now:
            at, number, sale = self._next
            self.shop.now = max(self.shop.now, at)
            if number in self._orders:
                self.shop.refund(self._orders[number])
            else:
                self._orders[number] = self._sell(number, sale)
            self._next = next(self._to_come)

    def _sell(self, number: int, sale: Sale) -> Any:
        if sale.buyer is None:
            return self.shop.place_order(*sale.lines, email=f"guest{number}@example.org", shipping=395)
        if sale.buyer not in self._accounts:
            name = BUYERS[sale.buyer]
            email = f"{name.lower().replace(' ', '.')}@example.com"
            self._accounts[sale.buyer] = self.shop.register(name, email, f"+447700900{sale.buyer:03}")
        return self.shop.place_order(*sale.lines, customer=self._accounts[sale.buyer])


class Carrier:
    """Brings the shop's news to the address that its webhook names: on this machine, whatever the host's name."""

    def __init__(self) -> None:
        self.muted = True  # the past was told to nobody

    def __call__(self, message: Any, address: str) -> int:
        parts = urlsplit(address)
        if self.muted or not parts.hostname:
            return 200
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=10)
        try:
            headers = {**message.headers, "Host": parts.netloc, "Content-Type": message.content_type}
            connection.request("POST", parts.path, message.body, headers)
            return connection.getresponse().status
        except OSError:
            return 503
        finally:
            connection.close()


lock = threading.Lock()  # the API is asked while time goes on


def make_shop(file: Path, carry: Callable[[Any, str], int]) -> Any:
    """The simulated shop with the webhooks that were registered at it before."""
    from tests.platforms.woocommerce import WooCommerceShop

    class WebShop(WooCommerceShop):
        _address = ""

        def _post(self, topic: str, document: dict[str, Any], webhook: dict[str, Any]) -> int:
            self._address = webhook.get("delivery_url", "")
            return super()._post(topic, document, webhook)

        def deliver(self, message: Any) -> int:
            address, self._address = self._address, ""
            return carry(message, address)

        def answer(self, request: Any) -> Any:
            with lock:
                answer = super().answer(request)
                if request.method != "GET":
                    file.write_text(json.dumps({str(number): hook for number, hook in self.webhooks.items()}))
                return answer

    shop = WebShop(currency="GBP")
    shop.key, shop.key_secret = KEYS["consumer_key"], KEYS["consumer_secret"]
    if file.exists():
        shop.webhooks = {int(number): webhook for number, webhook in json.loads(file.read_text()).items()}
    return shop


def main() -> None:
    """Serve until the end. Where, and since when, stands in the environment (demo.running)."""
    django.setup()
    from tests.platforms.server import Server

    began = datetime.fromisoformat(os.environ["WEBSHOP_BEGAN"])
    carrier = Carrier()
    shop = make_shop(Path(os.environ["WEBSHOP_FILE"]), carrier)
    trade = Trade(shop, began)
    shop.now = began - timedelta(days=DAYS)
    trade.catch_up(datetime.now(UTC))
    carrier.muted = False
    Server(shop, port=int(os.environ["WEBSHOP_PORT"])).start()
    while True:
        time.sleep(TICK_SECONDS)
        with lock:
            trade.catch_up(datetime.now(UTC))


if __name__ == "__main__":
    main()
