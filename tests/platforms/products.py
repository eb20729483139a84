"""The catalogues of the simulated shops, as far as rules ask: each platform tells them in its own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.server import Answer, Request


@dataclass
class SimCollection:
    """A collection or category; `above` is the category in which it lies."""

    id: str
    title: str
    handle: str
    above: SimCollection | None = None

    def path(self) -> list[SimCollection]:
        """From the uppermost down to this."""
        return [*(self.above.path() if self.above else ()), self]


@dataclass
class SimProduct:
    """One article of the shop."""

    id: str
    name: str
    collections: list[SimCollection] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


Products = dict[str, SimProduct]


def shopify(products: Products, request: Request, *, may: bool) -> Answer:
    """GraphQL: what is not there is null; too dear a question is refused before it is asked."""
    if not may:
        told = "Access denied for collections field. Required access: `read_products` access scope."
        return Answer({"errors": [{"message": told, "extensions": {"code": "ACCESS_DENIED"}}], "data": None})
    given = request.json()["variables"]
    first = given["collections"]
    if len(given["ids"]) * (first + 3) > 1000:
        told = "Query cost exceeds the single query max cost limit (1000)."
        return Answer({"errors": [{"message": told, "extensions": {"code": "MAX_COST_EXCEEDED"}}]})
    found = [products.get(gid.rsplit("/", 1)[-1]) for gid in given["ids"]]
    return Answer({"data": {"nodes": [_node(product, first) if product else None for product in found]}})


def _node(product: SimProduct, first: int) -> dict[str, Any]:
    shown = [{"title": c.title, "handle": c.handle} for c in product.collections[:first]]
    page = {"hasNextPage": len(product.collections) > first}
    return {
        "legacyResourceId": product.id, "tags": product.tags, "collections": {"nodes": shown, "pageInfo": page},
    }  # fmt: skip


def woocommerce(
    products: Products, request: Request, rest: list[str], paged: Callable[[Request, list[dict[str, Any]]], Answer]
) -> Answer:
    """REST v3: `include` names ids with commas; a product tells the categories that were ticked, not those above."""
    wanted = request.query["include"].split(",")
    if rest == ["categories"]:
        every = {c.id: c for product in products.values() for ticked in product.collections for c in ticked.path()}
        return paged(request, [_category(c) for number, c in every.items() if number in wanted])
    found = [product for product in products.values() if product.id in wanted]
    return paged(request, [_product(product) for product in found])


def _category(category: SimCollection) -> dict[str, Any]:
    return {**_term(category), "parent": int(category.above.id) if category.above else 0}


def _product(product: SimProduct) -> dict[str, Any]:
    tags = [{"id": 900 + n, "name": tag, "slug": tag.lower()} for n, tag in enumerate(product.tags)]
    return {"id": int(product.id), "categories": [_term(c) for c in product.collections], "tags": tags}


def _term(category: SimCollection) -> dict[str, Any]:
    return {"id": int(category.id), "name": category.title.replace("&", "&amp;"), "slug": category.handle}


def cafe24(products: Products, kind: str, rest: list[str], request: Request, error: Callable[..., Answer]) -> Answer:
    """Only a product asked for by itself tells its categories, by number, and its tags."""
    if kind == "products" and rest:
        product = products.get(rest[0])
        if product is None:
            return error(404, "No product found.")
        numbers = [{"category_no": int(c.id), "recommend": "F", "new": "F"} for c in product.collections]
        told = {"shop_no": 1, "product_no": int(product.id), "category": numbers, "product_tag": product.tags}
        return Answer({"product": told})
    if kind == "products":
        return Answer({"products": [{"shop_no": 1, "product_no": int(p.id)} for p in products.values()]})
    wanted = request.query["category_no"].split(",")
    every = {c.id: c for product in products.values() for c in product.collections}
    return Answer({"categories": [_numbered(c) for number, c in every.items() if number in wanted]})


def _numbered(category: SimCollection) -> dict[str, Any]:
    path: Sequence[SimCollection | None] = [*category.path(), None, None, None, None][:4]
    return {
        "shop_no": 1, "category_no": int(category.id), "category_name": category.title,
        "full_category_name": {str(n): c and c.title for n, c in enumerate(path, 1)},
        "full_category_no": {str(n): c and c.id for n, c in enumerate(path, 1)},
    }  # fmt: skip
