"""Coupons at WooCommerce: POST /wc/v3/coupons, good for one use. The shop keeps codes in lower case."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from config.money import to_major
from customers.coupons import Coupon
from storefront.platforms.http import listed_alone, understood, unless_unknown
from storefront.platforms.interface import PlatformError
from storefront.platforms.woocommerce import WooCommerceReader


class WooCommerceCoupons:
    """The coupons of one shop."""

    def __init__(self, reader: WooCommerceReader) -> None:
        self._reader = reader

    def make(self, coupon: Coupon) -> str:
        """The coupon's id; of the one that has the code already, when an answer was lost before."""
        try:
            made = self._reader.call("POST", "coupons", body=_document(coupon)).document
        except PlatformError as error:
            if "already_exists" in error.detail and (found := self._find(coupon.code)):
                return found
            raise
        return understood(lambda document: str(document["id"]), made)

    def withdraw(self, coupon: Coupon, external_id: str) -> None:
        """Delete it, past the bin; one that is not there is as good."""
        found = external_id or self._find(coupon.code)
        if found:
            unless_unknown(
                lambda: self._reader.call("DELETE", f"coupons/{int(found)}", params={"force": "true"}),
                lambda words: "_invalid_id" in words,
            )

    def _find(self, code: str) -> str:
        found = listed_alone(self._reader.call("GET", "coupons", params={"code": code.lower()}).document)
        ours = [coupon for coupon in found if str(coupon.get("code", "")).upper() == code]
        return understood(lambda coupon: str(coupon["id"]), ours[0]) if ours else ""


def _document(coupon: Coupon) -> dict[str, Any]:
    until = coupon.ends_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    stated: dict[str, Any] = {
        "code": coupon.code,
        "description": coupon.title,
        "usage_limit": 1,
        "date_expires_gmt": until,
        **_benefit(coupon),
    }
    if coupon.minimum_minor:
        stated["minimum_amount"] = str(to_major(coupon.minimum_minor, coupon.currency))
    return stated


def _benefit(coupon: Coupon) -> dict[str, Any]:
    """A free product is all of the price of one piece of it."""
    if coupon.kind == "shipping":
        return {"discount_type": "fixed_cart", "amount": "0", "free_shipping": True}
    if coupon.kind == "product":
        ids = [int(coupon.product)] if coupon.product.isdecimal() else []
        if not ids:
            raise PlatformError("not_possible", "The product's id is no number")
        return {"discount_type": "percent", "amount": "100", "product_ids": ids, "limit_usage_to_x_items": 1}
    if coupon.kind == "percent":
        if coupon.most_minor is not None:
            raise PlatformError("not_possible", "A percentage with an upper limit")
        return {"discount_type": "percent", "amount": str(coupon.percent)}
    return {"discount_type": "fixed_cart", "amount": str(to_major(coupon.amount_minor, coupon.currency))}
