"""Discount codes at Shopify, by GraphQL: one question makes rule and code together.

The REST resources price_rules and discount_codes are legacy and take two questions, between which a failure leaves a
rule without a code. Needs the scope write_discounts. A free product is its worth off that product, once: 100 % would
give away as many as lie in the cart.
"""

from __future__ import annotations

from typing import Any

from config.money import to_major
from customers.coupons import Coupon
from storefront.platforms.http import understood
from storefront.platforms.interface import PlatformError
from storefront.platforms.shopify import ShopifyReader

BASIC = """mutation make($discount: DiscountCodeBasicInput!) {
  made: discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id } userErrors { code field message }
  }
}"""
FREE_SHIPPING = """mutation make($discount: DiscountCodeFreeShippingInput!) {
  made: discountCodeFreeShippingCreate(freeShippingCodeDiscount: $discount) {
    codeDiscountNode { id } userErrors { code field message }
  }
}"""
FIND = "query find($code: String!) { found: codeDiscountNodeByCode(code: $code) { id } }"
DELETE = """mutation delete($id: ID!) {
  deleted: discountCodeDelete(id: $id) { deletedCodeDiscountId userErrors { code field message } }
}"""


class ShopifyCoupons:
    """The discounts of one shop."""

    def __init__(self, reader: ShopifyReader) -> None:
        self._reader = reader

    def make(self, coupon: Coupon) -> str:
        """The discount's id; of the one that has the code already, when an answer was lost before."""
        question = FREE_SHIPPING if coupon.kind == "shipping" else BASIC
        made = self._reader.graphql(question, {"discount": _discount(coupon)})["made"]
        mistakes = made["userErrors"]
        if any(mistake.get("code") == "TAKEN" for mistake in mistakes):
            return self._find(coupon.code) or _refuse(mistakes)
        if mistakes:
            _refuse(mistakes)
        return str(understood(lambda node: node["id"], made["codeDiscountNode"]))

    def withdraw(self, coupon: Coupon, external_id: str) -> None:
        """Delete it; one that is not there is as good."""
        found = external_id or self._find(coupon.code)
        if not found:
            return
        mistakes = self._reader.graphql(DELETE, {"id": found})["deleted"]["userErrors"]
        if mistakes and self._find(coupon.code):
            _refuse(mistakes)

    def _find(self, code: str) -> str:
        found = self._reader.graphql(FIND, {"code": code})["found"]
        return str(found["id"]) if found else ""


def _discount(coupon: Coupon) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "title": coupon.title or coupon.code,
        "code": coupon.code,
        "startsAt": coupon.starts_at.isoformat(),
        "endsAt": coupon.ends_at.isoformat(),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"all": "ALL"},
    }
    if coupon.minimum_minor:
        least = str(to_major(coupon.minimum_minor, coupon.currency))
        stated["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": least}}
    if coupon.kind == "shipping":
        return {**stated, "destination": {"all": True}}
    return {**stated, "customerGets": {"value": _value(coupon), "items": _items(coupon)}}


def _value(coupon: Coupon) -> dict[str, Any]:
    if coupon.kind == "percent":
        if coupon.most_minor is not None:
            raise PlatformError("not_possible", "A percentage with an upper limit")
        return {"percentage": coupon.percent / 100}
    return {
        "discountAmount": {"amount": str(to_major(coupon.amount_minor, coupon.currency)), "appliesOnEachItem": False}
    }


def _items(coupon: Coupon) -> dict[str, Any]:
    if coupon.kind != "product":
        return {"all": True}
    return {"products": {"productsToAdd": [f"gid://shopify/Product/{coupon.product.rsplit('/', 1)[-1]}"]}}


def _refuse(mistakes: list[dict[str, Any]]) -> str:
    raise PlatformError("unexpected", "; ".join(str(mistake.get("message", "")) for mistake in mistakes)[:200])
