"""Collections and tags of products at Shopify, by GraphQL.

The REST resources do not serve: `collects` knows only the collections that were filled by hand, and `products` is
deprecated. A question costs about products × collections points; Shopify takes up to 1,000. Needs the scope
read_products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from customers.snapshots import ProductFacts
from storefront.connectors.fields import text
from storefront.platforms.http import understood

AT_ONCE = 20
COLLECTIONS = 40  # of one product, in a question for many
ALL_COLLECTIONS = 250  # Shopify's most, in a question for one
QUERY = """query products($ids: [ID!]!, $collections: Int!) {
  nodes(ids: $ids) {
    ... on Product {
      legacyResourceId tags collections(first: $collections) { nodes { title handle } pageInfo { hasNextPage } }
    }
  }
}"""
Ask = Callable[[str, dict[str, Any]], Any]  # ShopifyReader.graphql


def products(ask: Ask, ids: Sequence[str], *, collections: int = COLLECTIONS) -> dict[str, ProductFacts]:
    """What the shop says of these; those that are not there any more are left out."""
    wanted = [f"gid://shopify/Product/{number}" for number in ids if number.isdecimal()]
    if not wanted:
        return {}
    answer = ask(QUERY, {"ids": wanted, "collections": collections})
    nodes = understood(lambda data: [node for node in data["nodes"] if node], answer)
    found = {understood(_id, node): understood(_facts, node) for node in nodes}
    if collections < ALL_COLLECTIONS:
        for number in [understood(_id, node) for node in nodes if understood(_has_more, node)]:
            found |= products(ask, [number], collections=ALL_COLLECTIONS)
    return found


def _id(node: dict[str, Any]) -> str:
    return str(node["legacyResourceId"])


def _facts(node: dict[str, Any]) -> ProductFacts:
    names = [text(c[name], 200) for c in node["collections"]["nodes"] for name in ("title", "handle")]
    return ProductFacts(tuple(dict.fromkeys(names)), tuple(text(tag, 200) for tag in node["tags"]))


def _has_more(node: dict[str, Any]) -> bool:
    return bool(node["collections"]["pageInfo"]["hasNextPage"])
