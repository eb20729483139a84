"""Connecting a simulated shop to a merchant of ours: its news go to the hook, its API is asked by the readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import time_machine
from django.test import Client
from django_tenants.utils import tenant_context

from staff.actors import SYSTEM
from storefront.credentials import keep_credentials
from storefront.models import Store
from storefront.stores import create_store
from tenants.models import Merchant
from tests.conftest import client_of
from tests.platforms.cafe24 import Cafe24Shop
from tests.platforms.server import Server, serving
from tests.platforms.shop import Shop
from tests.platforms.shopify import ShopifyShop
from tests.platforms.square import SquareShop
from tests.platforms.wire import Message
from tests.platforms.woocommerce import WooCommerceShop

SHOPS: dict[str, type[Shop]] = {shop.KIND: shop for shop in (ShopifyShop, WooCommerceShop, Cafe24Shop, SquareShop)}


@dataclass
class Connection:
    """A simulated shop, its server and the store it is at our merchant's."""

    merchant: Merchant
    shop: Any  # one of SHOPS
    server: Server
    store: Store
    client: Client

    @property
    def hook_url(self) -> str:
        """Where the shop's news go."""
        return f"https://{self.merchant.host}/hooks/{self.store.public_id}/"

    def deliver(self, message: Message) -> int:
        """Carry one message to the hook, at the shop's time; a `Faults` can stand between."""
        path = f"/hooks/{self.store.public_id}/"
        with time_machine.travel(self.shop.now, tick=False):
            answer = self.client.post(path, message.body, content_type=message.content_type, headers=message.headers)
        return answer.status_code


@contextmanager
def connected(merchant: Merchant, shop: Shop, *, at: datetime) -> Iterator[Connection]:
    """The shop's API is served and its news delivered to a new store of the merchant, for the time being."""
    assert isinstance(shop, tuple(SHOPS.values()))
    with serving(shop) as server:
        with tenant_context(merchant):
            settings = {**shop.settings(), "api_url": server.url}
            store, _ = create_store(
                kind=shop.KIND, name=f"{shop.KIND} shop", actor=SYSTEM, at=at, settings=settings, secret=shop.secret
            )
            keep_credentials(store, shop.credentials(), actor=SYSTEM, at=at)
        connection = Connection(merchant, shop, server, store, client_of(merchant))
        shop.send = connection.deliver
        yield connection
