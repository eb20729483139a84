"""What is known of the products in an order: told once by a reading, kept through everything that comes later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from customers.models import Order
from customers.orders import apply_orders
from customers.snapshots import LineSnapshot, OrderSnapshot, ProductFacts
from tests.customers.people import NOON, after, an_order
from tests.customers.test_orders import changes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]
FACTS = ProductFacts(("Coffee", "coffee"), ("fresh",))


def line(number: str = "1", **fields: Any) -> LineSnapshot:
    plain = LineSnapshot(f"l{number}", f"Beans {number}", 1, 6_000, 6_000, product_id=f"p{number}")
    return replace(plain, **fields)


def news(minutes: int = 0, *lines: LineSnapshot, **fields: Any) -> OrderSnapshot:
    """What a shop system that names products by id tells."""
    return an_order(updated_at=after(minutes), lines=lines or (line(),), **fields)


def reading(minutes: int = 0, *lines: LineSnapshot, **products: ProductFacts) -> OrderSnapshot:
    """The same, read at the shop, with what it says of the products."""
    return news(minutes, *lines, products=products or {"p1": FACTS})


def words(order: Order, place: int = 0) -> tuple[list[str], list[str]] | None:
    found = order.lines[place]
    return (found["collections"], found["tags"]) if "collections" in found else None


def test_a_reading_of_the_very_same_state_adds_what_products_are() -> None:
    apply_orders([news()], at=NOON)
    [order] = apply_orders([reading()], at=after(1))
    assert (words(order), changes()) == ((["Coffee", "coffee"], ["fresh"]), 2)


def test_the_same_reading_again_changes_nothing() -> None:
    apply_orders([reading()], at=NOON)
    apply_orders([reading()], at=after(1))
    assert changes() == 1


def test_later_news_that_do_not_tell_take_nothing_away() -> None:
    apply_orders([reading()], at=NOON)
    [order] = apply_orders([news(5, line("2"), line("1", quantity=2, total=12_000))], at=after(5))
    assert [words(order, 0), words(order, 1)] == [None, (["Coffee", "coffee"], ["fresh"])]


def test_told_to_have_none_is_not_the_same_as_not_told() -> None:
    [order] = apply_orders([reading(0, line("1"), line("2"), p1=ProductFacts())], at=NOON)
    assert [words(order, 0), words(order, 1)] == [([], []), None]


def test_what_was_read_first_stays() -> None:
    apply_orders([reading()], at=NOON)
    [order] = apply_orders([reading(5, p1=ProductFacts((), ("old",)))], at=after(5))
    assert words(order) == (["Coffee", "coffee"], ["fresh"])


def test_whatever_the_order_of_arrival_the_lines_end_alike() -> None:
    both = {"p1": FACTS, "p2": ProductFacts((), ("sale",))}
    told = [news(), reading(), news(5, line("1"), line("2")), reading(5, line("1"), line("2"), **both)]
    ends = []
    for number, sequence in enumerate(permutations(told)):
        for step, snapshot in enumerate(sequence):
            [order] = apply_orders([replace(snapshot, external_id=f"o{number}")], at=after(step))
        ends.append(order.lines)
    assert all(end == ends[0] for end in ends)
    assert [one["tags"] for one in ends[0]] == [["fresh"], ["sale"]]


def test_a_document_that_tells_of_products_itself_replaces_what_was_told() -> None:
    tells = line(collections=("Coffee",), tags=())
    apply_orders([news(0, tells)], at=NOON)
    [order] = apply_orders([news(5, replace(tells, collections=()))], at=after(5))
    assert words(order) is None
    assert NOON + timedelta(minutes=5) == order.changed_in_store_at
