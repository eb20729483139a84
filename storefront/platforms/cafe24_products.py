"""Categories and tags (상품 검색어) of products at Cafe24.

Only a product asked for by itself tells them, a listing does not. It names its categories by number; their names, and
those of the categories above them, are asked for together. Needs the scopes mall.read_product and mall.read_category.
Source: developers.cafe24.com, Admin API, Products and Categories.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from customers.snapshots import ProductFacts
from storefront.connectors.fields import id_text, text
from storefront.platforms.http import Answer, listed, understood

AT_ONCE = 10  # questions; a mall takes 40 in a burst and two a second
PAGE = 100
Ask = Callable[[str, dict[str, Any]], Answer | None]  # None: the mall has no such thing


def products(ask: Ask, ids: Sequence[str]) -> dict[str, ProductFacts]:
    """What the mall says of these; those that are not there any more are left out."""
    found: dict[str, tuple[list[str], tuple[str, ...]]] = {}
    for number in ids:
        answer = ask(f"products/{quote(number, safe='')}", {"fields": "product_no,category,product_tag"})
        if answer:
            found[number] = understood(_categories_and_tags, answer.document)
    names = _names(ask, {number for numbers, _ in found.values() for number in numbers})
    return {
        product: ProductFacts(
            tuple(dict.fromkeys(name for number in numbers for name in names.get(number, (number,)))), tags
        )
        for product, (numbers, tags) in found.items()
    }


def _names(ask: Ask, numbers: set[str]) -> dict[str, tuple[str, ...]]:
    """By number: number and name of the category and of those above it."""
    wanted, names = sorted(numbers), {}
    for start in range(0, len(wanted), PAGE):
        asked = {"category_no": ",".join(wanted[start : start + PAGE]), "limit": PAGE}
        answer = ask("categories", asked)
        for document in listed(answer.document if answer else None, "categories"):
            names[understood(lambda category: id_text(category["category_no"]), document)] = understood(_path, document)
    return names


def _path(category: dict[str, Any]) -> tuple[str, ...]:
    full = [category.get("full_category_name") or {}, category.get("full_category_no") or {}]
    told = [category["category_name"], category["category_no"], *(value for level in full for value in level.values())]
    return tuple(dict.fromkeys(filter(None, (id_text(value, 200) for value in told))))


def _categories_and_tags(document: dict[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Tags come as a list or, from older versions of the API, as one text with commas."""
    product = document["product"]
    stated = product.get("product_tag") or []
    tags = [text(tag, 200) for tag in (stated.split(",") if isinstance(stated, str) else stated)]
    return [id_text(c["category_no"]) for c in product.get("category") or []], tuple(filter(None, tags))
