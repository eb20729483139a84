"""Which orders have rules that ask for the collections or tags of products: for who can find them out at the store."""

from __future__ import annotations

from customers import products
from customers.models import Order
from customers.products import Asker, Placed
from loyalty.applying import RuleBook
from loyalty.earning_rules import LineFilter
from loyalty.rules import Rules


def asks(rules: Rules) -> bool:
    """Whether a rule or a stamp card of these asks for a collection or a tag of products."""
    filters = [rule.lines for rule in rules.earning if rule.active and rule.kind == "lines"]
    filters += [card.lines for card in rules.stamps if card.active and card.by == "item"]
    return any(_asks(one) for one in filters)


def _asks(lines: LineFilter) -> bool:
    return bool(lines.collections or lines.tags or lines.not_collections or lines.not_tags)


def for_orders() -> Asker:
    """Whether an order that counts earns by rules that ask. A guest's counts too: they may prove who they are later."""
    book = RuleBook()

    def asker(order: Placed) -> bool:
        if order.state != Order.State.PAID or order.test:
            return False
        version = book.applying(order).version
        return version is not None and asks(version.terms)

    return asker


products.register(for_orders)
