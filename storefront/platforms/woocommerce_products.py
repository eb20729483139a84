"""Categories and tags of products at WooCommerce. The permission Read is enough.

A product names only the categories that were ticked; a shop's page of a category shows those below it as well. So the
categories above are told along: a rule for "Coffee" takes what lies in "Coffee › Beans".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape
from typing import Any
from urllib.parse import unquote

from customers.snapshots import ProductFacts
from storefront.connectors.fields import id_text, text
from storefront.platforms.http import listed_alone, understood

AT_ONCE = 100  # WordPress's most on a page
DEEPEST = 6  # levels of categories that are asked for
Ask = Callable[[str, dict[str, Any]], Any]  # the document at a path below wc/v3


def products(ask: Ask, ids: Sequence[str]) -> dict[str, ProductFacts]:
    """What the shop says of these; those that are not there any more are left out."""
    numbers = [number for number in ids if number.isdecimal() and number != "0"]
    if not numbers:
        return {}
    asked = {"include": ",".join(numbers), "per_page": AT_ONCE, "_fields": "id,categories,tags"}
    documents = listed_alone(ask("products", asked))
    ticked = {understood(_id, document): understood(_categories, document) for document in documents}
    tree = _tree(ask, {number for numbers in ticked.values() for number in numbers})
    return {
        number: ProductFacts(_names(tree, ticked[number]), understood(_tags, document))
        for number, document in zip(ticked, documents, strict=True)
    }


Tree = dict[str, tuple[str, tuple[str, str]]]  # by id: the parent's id, and name and slug


def _tree(ask: Ask, numbers: set[str]) -> Tree:
    """These categories and all above them, a question for each level."""
    tree: Tree = {}
    for _ in range(DEEPEST):
        if not numbers:
            break
        for document in _terms(ask, sorted(numbers)):
            tree[understood(_id, document)] = (id_text(document.get("parent")), understood(_term, document))
        numbers = {parent for parent, _ in tree.values() if parent not in ("", "0")} - tree.keys()
    return tree


def _terms(ask: Ask, numbers: Sequence[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(numbers), AT_ONCE):
        include = ",".join(numbers[start : start + AT_ONCE])
        asked = {"include": include, "per_page": AT_ONCE, "_fields": "id,name,slug,parent"}
        yield from listed_alone(ask("products/categories", asked))


def _names(tree: Tree, numbers: Iterable[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for ticked in numbers:
        number, seen = ticked, set[str]()
        while number in tree and number not in seen:
            seen.add(number)
            number, both = tree[number]
            names |= dict.fromkeys(both)
    return tuple(names)


def _id(document: dict[str, Any]) -> str:
    return str(document["id"])


def _categories(document: dict[str, Any]) -> list[str]:
    return [str(category["id"]) for category in document["categories"]]


def _tags(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for tag in document["tags"] for name in _term(tag)))


def _term(document: dict[str, Any]) -> tuple[str, str]:
    """Name and slug. WordPress writes names with entities, and slugs that are not Latin in percents."""
    return text(unescape(document["name"]), 200), text(unquote(document["slug"]), 200)
