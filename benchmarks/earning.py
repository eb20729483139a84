"""Orders a second through rule evaluation alone, on one core: 20 rules, orders of 5 lines, one in ten partly refunded.

The rules are of every kind an order can meet: factors and rates on lines and on all of it, exclusions, fixed points,
hours, weekdays, holidays, tiers, tags, limits. The limit is a loop that only sums what the lines cost. CPU seconds
count, not the clock: the machine may be busy.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

from benchmarks._measure import report

if TYPE_CHECKING:
    from customers.models import Order
    from loyalty.evaluation import Facts
    from loyalty.rules import Rules

ORDERS, LINES, ROUNDS = 20_000, 5, 5
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def main() -> None:
    import django

    django.setup()
    from loyalty.evaluation import evaluate

    rules, asked = twenty_rules(), orders()
    known = [facts(random.Random(n)) for n in range(ORDERS)]
    points = sum(evaluate(order, rules, fact, SEOUL).points for order, fact in zip(asked, known, strict=True))
    speed = fastest(lambda: [evaluate(order, rules, fact, SEOUL) for order, fact in zip(asked, known, strict=True)])
    report("earning", speed, "orders/s/core", fastest(lambda: summed(asked)), points=points, rules=len(rules.earning))


def fastest(work: Callable[[], Any]) -> float:
    """Orders for each CPU second, of the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return ORDERS / best


def summed(asked: Sequence[Order]) -> int:
    """What any evaluation must do at least."""
    total = 0
    for order in asked:
        for line in order.lines:
            total += line["total"]
    return total


def twenty_rules() -> Rules:
    """A busy programme."""
    from loyalty.rules import Rules

    def rule(key: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"key": key, "kind": kind, "name": {"en": key}, **more}

    double, triple = {"effect": "multiply", "factor": 200}, {"effect": "multiply", "factor": 300}
    earning = [
        rule("weekend", "order", window={"weekdays": [5, 6]}, **double),
        rule("happy-hour", "order", window={"from_time": "14:00", "to_time": "16:00"}, **double),
        rule("night", "order", window={"weekdays": [4], "from_time": "22:00", "to_time": "02:00"}, **triple),
        rule("holidays", "order", window={"holidays": True}, **double),
        rule(
            "summer",
            "order",
            window={"starts_at": "2026-07-01", "ends_at": "2026-09-01"},
            effect="rate",
            points=2,
            per=100,
        ),
        rule("gold", "order", audience={"tiers": ["gold"]}, effect="rate", points=1, per=1000),
        rule("friends", "order", audience={"tags": ["friend"]}, **double),
        rule("till", "order", audience={"stores": ["till"]}, **double),
        rule("big", "order", minimum_minor=50_000, points=500),
        rule("first", "nth_order", points=1000),
        rule("tenth", "nth_order", nth=10, repeat=True, points=2000),
        rule("beans", "lines", lines={"collections": ["beans"]}, **double),
        rule("cups", "lines", lines={"tags": ["cup"]}, points=50, each=True),
        rule("dear", "lines", lines={"least_price_minor": 20_000}, effect="rate", points=3, per=200),
        rule("sale", "lines", lines={"tags": ["sale"]}, effect="multiply", factor=50),
        rule("none", "lines", lines={"products": ["p7", "p8"]}, effect="multiply", factor=0),
        rule("others", "lines", lines={"not_collections": ["beans", "cards"]}, effect="rate", points=1, per=500),
        rule("limited", "order", points=10, limit={"times_a_day": 2, "points_a_month": 100}),
        rule("budget", "order", minimum_minor=10_000, points=5, limit={"points_in_all": 1_000_000}),
        rule("tea", "lines", lines={"collections": ["tea"], "not_tags": ["sale"]}, **triple),
    ]
    tiers = [{"key": "gold", "name": {"en": "Gold"}, "threshold": 100_000, "factor": 150}]
    plain = {"currency": "KRW", "earn_points": 1, "earn_per": 100}
    return Rules.from_json({**plain, "earning": earning, "tiers": {"tiers": tiers}})


def orders() -> list[Order]:
    """The same orders each time."""
    chance = random.Random(7)
    return [order(n, chance) for n in range(ORDERS)]


def order(number: int, chance: random.Random) -> Order:
    """One order of five lines, paid some time in the year."""
    from customers.models import Order

    lines = [line(n, chance) for n in range(LINES)]
    subtotal = sum(line["total"] for line in lines)
    at = BEGAN + timedelta(minutes=chance.randrange(60 * 24 * 365))
    refunds = {"r": refund(lines[0])} if number % 10 == 0 else {}
    return Order(
        pk=number, source=chance.choice(["st_1", "st_2", "till"]), state="paid", currency="KRW", customer_id=1,
        subtotal=subtotal, total=subtotal, placed_at=at, paid_at=at, lines=lines, refunds=refunds,
        refunded=lines[0]["total"] if refunds else 0,
    )  # fmt: skip


def line(number: int, chance: random.Random) -> dict[str, Any]:
    """One line as it stands in Order.lines."""
    price, quantity = chance.randrange(1, 40) * 1000, chance.randrange(1, 4)
    collection, tag = chance.choice(["beans", "tea", "cups", "cards"]), chance.choice(["sale", "cup", "new"])
    product = f"p{chance.randrange(40)}"
    return {
        "external_id": f"l{number}", "name": product, "quantity": quantity, "unit_price": price,
        "total": price * quantity, "discount": 0, "product_id": product, "sku": product.upper(), "gift_card": False,
        "collections": [collection], "tags": [tag],
    }  # fmt: skip


def refund(of: dict[str, Any]) -> dict[str, Any]:
    """All of one line was given back."""
    back = {"line_id": of["external_id"], "quantity": of["quantity"], "amount": of["total"]}
    return {"currency": "KRW", "cancelled": False, "subtotal": of["total"], "shipping": 0, "tax": 0, "lines": [back]}


def facts(chance: random.Random) -> Facts:
    """What is known of some member."""
    from loyalty.evaluation import Facts, Used

    return Facts(
        nth=chance.randrange(1, 30),
        tier=chance.choice(["", "gold"]),
        tags=frozenset(chance.choice([[], ["friend"]])),
        used={"limited": Used(times_today=chance.randrange(3), points_month=chance.randrange(120))},
    )


if __name__ == "__main__":
    main()
