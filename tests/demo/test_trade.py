"""What the demo's shops sell, and what their storefronts send of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from demo.people import people
from demo.shops import SHOPS, Shop
from demo.storefront import Message, messages
from demo.trade import purchases
from storefront.documents import problems

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCHEMAS = {"order.refunded": "refund", "customer.created": "customer"}


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.slug)
def shop(request: pytest.FixtureRequest) -> Shop:
    chosen: Shop = request.param
    return chosen


@pytest.fixture
def sent(shop: Shop) -> list[Message]:
    return messages(shop, until=UNTIL)


def test_the_same_moment_gives_the_same_trade(shop: Shop) -> None:
    assert messages(shop, until=UNTIL) == messages(shop, until=UNTIL)


def test_every_document_is_valid(sent: list[Message]) -> None:
    for message in sent:
        schema = SCHEMAS.get(message.body["type"], "order")
        assert problems(message.body["data"], schema) == []


def test_one_id_never_names_two_messages(sent: list[Message]) -> None:
    bodies: dict[str, object] = {}
    for message in sent:
        assert bodies.setdefault(message.id, message.body) == message.body


def test_nothing_is_told_from_the_future(shop: Shop, sent: list[Message]) -> None:
    assert max(datetime.fromisoformat(message.body["data"]["updated_at"]) for message in sent) <= UNTIL


def test_trade_covers_90_days(shop: Shop) -> None:
    days = {purchase.placed_at.date() for purchase in purchases(shop, until=UNTIL)}
    assert len(days) >= 85


def test_networks_are_as_they_are(sent: list[Message]) -> None:
    moments = [message.body["data"]["updated_at"] for message in sent]
    assert moments != sorted(moments), "some overtake others"
    assert len({message.id for message in sent}) < len(sent), "some come twice"


def test_there_are_guests_refunds_and_cancellations(shop: Shop, sent: list[Message]) -> None:
    kinds = {message.body["type"] for message in sent}
    assert {"order.refunded", "order.cancelled", "customer.created"} <= kinds
    assert any("customer" not in message.body["data"] for message in sent if message.body["type"] == "order.paid")


def test_the_person_the_demo_introduces_is_a_regular(shop: Shop) -> None:
    introduced = people(shop)[0]
    bought = [purchase for purchase in purchases(shop, until=UNTIL) if purchase.person == introduced]
    assert len(bought) >= 10
