"""Whether anybody needs to know the collections and tags of the products in an order.

Rules (room `loyalty`) ask for them, connections to shops (room `storefront`) can find them out; the two stand side by
side and do not know each other. So who asks registers here, below both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Placed(Protocol):
    """An order, or a snapshot of one, as far as the question depends on it."""

    @property
    def source(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def test(self) -> bool: ...

    @property
    def placed_at(self) -> datetime | None: ...

    @property
    def paid_at(self) -> datetime | None: ...


P = TypeVar("P", bound=Placed)
Asker = Callable[[Placed], bool]

_askers: list[Callable[[], Asker]] = []


def register(asker: Callable[[], Asker]) -> None:
    """Who needs to know, when the process starts: called for a batch of orders, it says what to ask each of them."""
    _askers.append(asker)


def asked_for(orders: Sequence[P]) -> list[P]:
    """Those of the orders whose products somebody needs to know. One small query for all of them."""
    if not orders:
        return []
    asks = [begin() for begin in _askers]
    return [order for order in orders if any(ask(order) for ask in asks)]
