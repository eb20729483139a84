"""The key for the platform's API, tried on shops that behave like theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront.credentials import keep_credentials
from tenants.models import Merchant
from tests.platforms.connecting import Connection, connected
from tests.platforms.shop import OPENED
from tests.platforms.shopify import ShopifyShop
from tests.platforms.woocommerce import WooCommerceShop

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[ShopifyShop, WooCommerceShop])
def shop(request: pytest.FixtureRequest, cafe: Merchant) -> Iterator[Connection]:
    with connected(cafe, request.param(), at=OPENED) as connection:
        yield connection


def said(client: Client, shop: Connection, act: str) -> list[tuple[str, str]]:
    """The notices after an act on the page of the steps."""
    client.cookies["language"] = "en"
    path = f"/backoffice/storefronts/{shop.store.public_id}/{act}/"
    answer = client.post(path, follow=True)
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


def test_a_good_key_finds_the_shop(as_owner: Client, shop: Connection) -> None:
    level, text = said(as_owner, shop, "check")[0]
    assert level == "success"
    assert text.startswith("The key works.")


def test_a_wrong_key_is_told_in_words(as_owner: Client, shop: Connection, cafe: Merchant) -> None:
    with tenant_context(cafe):
        wrong = dict.fromkeys(shop.shop.credentials(), "wrong")
        keep_credentials(shop.store, wrong, actor=SYSTEM, at=OPENED)
    level, text = said(as_owner, shop, "check")[0]
    assert level == "error"
    assert "does not accept the key" in text


def test_webhooks_are_registered_for_the_merchant(as_owner: Client, shop: Connection) -> None:
    level, text = said(as_owner, shop, "register")[0]
    assert level == "success"
    assert "order" in text
