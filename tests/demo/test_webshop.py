"""The simulated web shop of the demo: the same past whenever it starts, and news only of what happens from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.webshop import DAYS, Trade, make_shop

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


class Listener:
    """Notes what is carried to which address."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def __call__(self, message: Any, address: str) -> int:
        self.heard.append((message.topic, address))
        return 200


def played(file: Path, until: datetime) -> tuple[Any, Listener]:
    listener = Listener()
    shop = make_shop(file, listener)
    shop.now = BEGAN - timedelta(days=DAYS)
    Trade(shop, BEGAN).catch_up(until)
    return shop, listener


def told(shop: Any) -> list[tuple[str, int, int]]:
    return [(order.id, order.total, order.refunded) for order in shop.orders.values()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "webshop.json"


def test_it_has_sold_before_the_demo_began(file: Path) -> None:
    shop, _ = played(file, BEGAN)
    assert 100 < len(shop.orders) < 250


def test_a_restart_finds_it_as_it_was(file: Path) -> None:
    at_once, _ = played(file, BEGAN + timedelta(days=30))
    in_steps = make_shop(file, Listener())
    in_steps.now = BEGAN - timedelta(days=DAYS)
    trade = Trade(in_steps, BEGAN)
    for day in range(31):
        trade.catch_up(BEGAN + timedelta(days=day))
    assert told(at_once) == told(in_steps)


def test_some_of_it_comes_back(file: Path) -> None:
    shop, _ = played(file, BEGAN)
    assert any(refunded for _, _, refunded in told(shop))


def test_news_go_to_the_address_that_was_registered(file: Path) -> None:
    shop, listener = played(file, BEGAN)
    shop.webhooks[1] = {"id": 1, "topic": "order.created", "status": "active", "failure_count": 0, "secret": "s",
                        "delivery_url": "http://bikes.localhost:8000/hooks/st_x/"}  # fmt: skip
    listener.heard.clear()
    shop.place_order()
    assert listener.heard == [("order.created", "http://bikes.localhost:8000/hooks/st_x/")]
