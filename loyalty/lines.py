"""Which lines rules are about, asked for all rules at once: a line's mask has a bit for each rule that takes it.

Collections and tags are the same word in capitals or not, as people write them; ids and SKUs are exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.earning_rules import LineFilter

EVERY = -1  # a mask with all bits


@dataclass(frozen=True, slots=True)
class Named:
    """Of one property: the rules that do not ask for it, and by word those that want it or refuse it."""

    free: int
    wanted: Mapping[str, int]
    refused: Mapping[str, int]

    def mask(self, words: Iterable[str]) -> int:
        """The rules that agree with these words."""
        mask, refused = self.free, 0
        for word in words:
            mask |= self.wanted.get(word, 0)
            refused |= self.refused.get(word, 0)
        return mask & ~refused


@dataclass(frozen=True, slots=True)
class LineIndex:
    """All filters of one version's rules."""

    products: Named
    collections: Named
    tags: Named
    prices: tuple[tuple[int, int, int | None], ...]  # bit, least and most price

    @classmethod
    def of(cls, filters: Mapping[int, LineFilter]) -> LineIndex:
        """By bit: the filter of the rule to which the bit belongs."""
        return cls(
            products=_named({bit: (found.products, found.not_products) for bit, found in filters.items()}),
            collections=_named(
                {bit: (_folded(f.collections), _folded(f.not_collections)) for bit, f in filters.items()}
            ),
            tags=_named({bit: (_folded(f.tags), _folded(f.not_tags)) for bit, f in filters.items()}),
            prices=tuple(
                (bit, found.least_price_minor or 0, found.most_price_minor)
                for bit, found in filters.items()
                if found.least_price_minor is not None or found.most_price_minor is not None
            ),
        )

    def mask(self, line: Mapping[str, Any]) -> int:
        """The rules that take this line of an order (LineSnapshot as JSON)."""
        mask = (
            self.products.mask((line["product_id"], line["sku"]))
            & self.collections.mask(_folded(line.get("collections", ())))
            & self.tags.mask(_folded(line.get("tags", ())))
        )
        if self.prices:
            price = line["unit_price"]
            for bit, least, most in self.prices:
                if price < least or (most is not None and price > most):
                    mask &= ~bit
        return mask


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter by itself, ready for many lines."""

    index: LineIndex

    def match(self, line: Mapping[str, Any]) -> bool:
        """Whether it takes this line."""
        return bool(self.index.mask(line) & 1)


def lines_of(found: LineFilter) -> Filter:
    """The filter ready to be asked."""
    return Filter(LineIndex.of({1: found}))


def _folded(words: Iterable[str]) -> Iterable[str]:
    return [word.strip().casefold() for word in words] if words else ()


def _named(lists: Mapping[int, tuple[Iterable[str], Iterable[str]]]) -> Named:
    free, wanted, refused = EVERY, defaultdict[str, int](int), defaultdict[str, int](int)
    for bit, (wants, refuses) in lists.items():
        for word in wants:
            wanted[word] |= bit
            free &= ~bit
        for word in refuses:
            refused[word] |= bit
    return Named(free, dict(wanted), dict(refused))
