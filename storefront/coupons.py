"""Codes for rewards at the shops' checkouts: the maker that customers.coupons asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from customers import coupons
from customers.coupons import Coupon, Place, Refused, Wish
from storefront.asking import asking
from storefront.models import Store
from storefront.platforms.cafe24_coupons import Cafe24Coupons
from storefront.platforms.interface import PlatformError
from storefront.platforms.shopify_coupons import ShopifyCoupons
from storefront.platforms.woocommerce_coupons import WooCommerceCoupons


class Codes(Protocol):
    """The codes of one shop. Both may raise PlatformError."""

    def make(self, coupon: Coupon) -> str:
        """Make it, or find it when it was made before; its id there."""

    def withdraw(self, coupon: Coupon, external_id: str) -> None:
        """See that it is gone; `external_id` is empty when it was never told."""


PLATFORMS: dict[str, Callable[[Any], Codes]] = {
    Store.Kind.SHOPIFY: ShopifyCoupons,
    Store.Kind.WOOCOMMERCE: WooCommerceCoupons,
    Store.Kind.CAFE24: Cafe24Coupons,
}


class StoreCoupons:
    """All stores of the active shop that can make codes."""

    def places(self) -> Sequence[Place]:
        """Those that are connected and have something to be asked with."""
        able = Store.objects.filter(disconnected_at=None, kind__in=list(PLATFORMS)).exclude(credentials="")
        return [Place(*told) for told in able.order_by("pk").values_list("public_id", "name", "kind")]

    def impossible(self, place: Place, wish: Wish) -> str:
        """See customers.coupons.Maker. What `make` of the platform would refuse as well."""
        limited = wish.kind == "percent" and wish.most_minor is not None
        if limited and place.platform in (Store.Kind.SHOPIFY, Store.Kind.WOOCOMMERCE):
            return "limited_percent"
        return "product" if wish.kind == "product" and not _is_number(wish.product, place.platform) else ""

    def make(self, place: str, coupon: Coupon, *, at: datetime) -> str:
        """See customers.coupons.Maker."""
        with _codes_of(place, at) as codes:
            return codes.make(coupon)

    def withdraw(self, place: str, coupon: Coupon, external_id: str, *, at: datetime) -> None:
        """See customers.coupons.Maker."""
        with _codes_of(place, at) as codes:
            codes.withdraw(coupon, external_id)


def _is_number(product: str, platform: str) -> bool:
    """Whether the platform finds the product by this: at Shopify also by gid://shopify/Product/7."""
    return (product.rsplit("/", 1)[-1] if platform == Store.Kind.SHOPIFY else product).isdecimal()


@contextmanager
def _codes_of(place: str, at: datetime) -> Iterator[Codes]:
    store = Store.objects.filter(public_id=place, disconnected_at=None).first()
    if store is None or store.kind not in PLATFORMS:
        raise Refused("no_credentials: The shop is not connected any more", final=True)
    try:
        with asking(store, at=at) as reader:
            yield PLATFORMS[store.kind](reader)
    except PlatformError as error:
        told = f"{error.code}: {error.detail}"
        raise Refused(told, final=error.for_a_person, rest=error.retry_after) from error


coupons.register(StoreCoupons())
