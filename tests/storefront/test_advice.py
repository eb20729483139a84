"""What a merchant is told about a connection that does not work: one fact, one sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import translation

from storefront.advice import JUDGED, Facts, advice
from storefront.models import Delivery
from storefront.refusals import Refusal
from tests.shops import NOW

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def told(**facts: Any) -> list[str]:
    """The titles of the advice about a connection that is otherwise fine."""
    fine: dict[str, Any] = {"at": NOW, "kind": "generic", "shop_domain": "", "has_secret": True, "disconnected": False}
    with translation.override("en"):
        return [one.title for one in advice(Facts(**{**fine, **facts}))]


def refused(code: str, ago: timedelta = MINUTE) -> list[Refusal]:
    return [Refusal(code, 3, NOW - ago)]


def arrived(*ages: timedelta, state: str = "done", test: bool = False, **fields: Any) -> list[Delivery]:
    found = []
    for age in ages or (timedelta(hours=1),):
        delivery = Delivery(received_at=NOW - age, state=state, **fields)
        delivery.is_test = test  # type: ignore[attr-defined]
        found.append(delivery)
    return found


def test_nothing_is_said_when_all_is_well() -> None:
    assert told(latest=arrived()) == []


def test_a_missing_secret() -> None:
    assert told(has_secret=False) == ["The secret is missing."]


def test_a_wrong_secret() -> None:
    for kind in ("generic", "shopify", "woocommerce", "cafe24", "square", "stripe"):
        assert told(kind=kind, refusals=refused("signature_wrong")) == ["The secret is not the right one."]


def test_an_unsigned_delivery() -> None:
    assert told(refusals=refused("signature_missing")) == ["The delivery was not signed."]


def test_a_wrong_clock() -> None:
    assert told(refusals=refused("signature_expired")) == ["The clock over there is wrong."]


def test_a_refusal_is_history_once_something_was_accepted() -> None:
    assert told(refusals=refused("signature_wrong", 2 * MINUTE), latest=arrived(MINUTE)) == []


def test_an_old_refusal_is_history() -> None:
    assert told(refusals=refused("signature_wrong", DAY)) == []


def test_another_shop() -> None:
    headers = {"x-shopify-shop-domain": "other.myshopify.com"}
    said = told(kind="shopify", shop_domain="mine.myshopify.com", latest=arrived(headers=headers))
    assert said == ["Another shop sends to this address."]


def test_the_right_shop() -> None:
    headers = {"shopify-shop-domain": "Mine.myshopify.com"}
    assert told(kind="shopify", shop_domain="mine.myshopify.com", latest=arrived(headers=headers)) == []


def test_only_test_orders() -> None:
    assert told(latest=arrived(test=True)) == ["So far only test orders came."]


def test_only_topics_that_are_not_used() -> None:
    said = told(latest=arrived(state="ignored", topic="carts/update"))
    assert said == ["Only news that is not used came so far."]


def test_deliveries_to_an_address_that_nobody_has() -> None:
    assert told(elsewhere=refused("store_unknown")) == ["Something arrives at another address."]


def test_a_disconnected_store_that_is_still_sent_to() -> None:
    said = told(disconnected=True, has_secret=False, refusals=refused("store_disconnected"))
    assert said == ["The shop still sends to this address."]


def test_a_disconnected_store_that_is_left_alone() -> None:
    assert told(disconnected=True, has_secret=False) == []


def test_webhooks_that_the_platform_has_stopped() -> None:
    assert told(stopped=["order.updated"]) == ["The shop system has stopped sending."]


def test_a_silence_unlike_this_shop() -> None:
    busy = [5 * DAY + number * timedelta(hours=2) for number in range(JUDGED)]
    assert told(latest=arrived(*busy)) == ["It has become quiet."]


def test_a_shop_that_sells_seldom_is_left_alone() -> None:
    seldom = [5 * DAY + number * 3 * DAY for number in range(JUDGED)]
    assert told(latest=arrived(*seldom)) == []


def test_a_key_that_does_not_work() -> None:
    assert told(api_trouble="The key is wrong.") == ["The key for the shop’s API does not work."]
