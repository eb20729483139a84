"""Asking the shops' own APIs: one module for each platform that has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storefront.connectors.interface import Origin
from storefront.credentials import credentials_of
from storefront.models import Store
from storefront.platforms import (
    cafe24,
    cafe24_grant,
    cafe24_products,
    shopify,
    shopify_products,
    square,
    woocommerce,
    woocommerce_products,
)
from storefront.platforms.interface import Page, PlatformError, Reader, ShopFacts, Subscription
from storefront.stores import origin_of

__all__ = ["PLATFORMS", "Page", "PlatformError", "Reader", "ShopFacts", "Subscription", "reader_of"]


@dataclass(frozen=True, slots=True)
class Platform:
    """How a platform's API is reached: what must stand in `store.settings` and `store.credentials`, and its reader.

    One of the groups in `credentials` must be complete.
    """

    reader: Callable[[dict[str, Any], dict[str, Any], Origin], Reader]
    settings: tuple[str, ...]
    credentials: tuple[tuple[str, ...], ...]
    permissions: tuple[str, ...]  # as the platform calls them
    topics: tuple[str, ...] = ()  # what webhooks are registered for, where the API lets us
    products_at_once: int = 0  # how many products one question may be about; 0: it does not tell what rules ask for


PLATFORMS: dict[str, Platform] = {
    Store.Kind.SHOPIFY: Platform(
        shopify.ShopifyReader,
        ("shop_domain",),
        (("access_token",), ("client_id", "client_secret")),
        shopify.SCOPES,
        shopify.TOPICS,
        shopify_products.AT_ONCE,
    ),
    Store.Kind.WOOCOMMERCE: Platform(
        woocommerce.WooCommerceReader,
        ("site_url",),
        (("consumer_key", "consumer_secret"),),
        woocommerce.PERMISSIONS,
        woocommerce.TOPICS,
        woocommerce_products.AT_ONCE,
    ),
    Store.Kind.CAFE24: Platform(
        cafe24.Cafe24Reader,
        ("mall_id",),
        (("client_id", "client_secret", "refresh_token"),),
        cafe24_grant.SCOPES,
        products_at_once=cafe24_products.AT_ONCE,
    ),
    Store.Kind.SQUARE: Platform(square.SquareReader, (), (("access_token",),), square.PERMISSIONS),
}


def reader_of(store: Store, *, at: datetime) -> Reader | None:
    """Who asks this store's API, at this moment; None when its kind has no API, or something to ask with is missing.

    Mind `renewed` afterwards: `storefront.asking.asking` does.
    """
    platform = PLATFORMS.get(store.kind)
    if platform is None or store.disconnected_at is not None:
        return None
    credentials = credentials_of(store)
    complete = any(all(credentials.get(name) for name in group) for group in platform.credentials)
    if not complete or not all(store.settings.get(name) for name in platform.settings):
        return None
    return platform.reader(store.settings, credentials, origin_of(store, at))
