"""90 days (or DEMO_DAYS) of a shop's trade, from one seed: who bought what when, what was cancelled, what came back."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from demo.people import Person, people
from demo.shops import Shop, Ware

DAYS = int(os.environ.get("DEMO_DAYS", "90"))
EVERYDAY = 3.0  # wares of at least this weight are bought by twos and threes
GROWTH = 0.35  # how much less went on 90 days ago


@dataclass(frozen=True)
class Line:
    """A ware in an order, at its price; `discount` is taken off all of it."""

    id: str
    ware: Ware
    quantity: int
    discount: int

    @property
    def total(self) -> int:
        return self.ware.price * self.quantity - self.discount


@dataclass(frozen=True)
class Refund:
    """What came back: whole lines."""

    at: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


@dataclass(frozen=True)
class Purchase:
    """An order from beginning to end. Without `person` the buyer is a guest, perhaps with an address."""

    id: str
    number: str
    person: Person | None
    guest: dict[str, str]
    placed_at: datetime
    lines: tuple[Line, ...]
    shipping: int
    waits: bool  # was pending first
    paid_at: datetime | None
    cancelled_at: datetime | None
    refund: Refund | None

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)


def purchases(shop: Shop, *, until: datetime, seed: str = "dangol") -> list[Purchase]:
    """All orders placed in the DAYS before `until`; the same ones for the same moment and seed."""
    random = Random(f"{seed}/{shop.slug}")
    crowd = people(shop)
    made = [purchase for day in range(DAYS) for purchase in _day(shop, crowd, day, until, random)]
    return [purchase for purchase in made if purchase.placed_at < until]


def _day(shop: Shop, crowd: list[Person], day: int, until: datetime, random: Random) -> Iterator[Purchase]:
    date_ = (until.astimezone(ZoneInfo(shop.time_zone)) - timedelta(days=DAYS - 1 - day)).date()
    mean = shop.rhythm.orders_a_day * shop.rhythm.weekdays[date_.weekday()] * (1 - GROWTH * (1 - day / DAYS))
    count = max(0, round(random.gauss(mean, math.sqrt(mean))))
    moments = sorted(_moment(shop, date_, random) for _ in range(count))
    for index, moment in enumerate(moments):
        yield _purchase(shop, crowd, f"{date_:%y%m%d}-{index + 1:03}", moment, random)


def _moment(shop: Shop, day: date, random: Random) -> datetime:
    hour = random.choices(list(shop.rhythm.hours), list(shop.rhythm.hours.values()))[0]
    zone = ZoneInfo(shop.time_zone)
    return datetime(day.year, day.month, day.day, hour, random.randrange(60), random.randrange(60), tzinfo=zone)


def _purchase(shop: Shop, crowd: list[Person], number: str, placed_at: datetime, random: Random) -> Purchase:
    rhythm = shop.rhythm
    person = None if random.random() < rhythm.guests else random.choices(crowd, [p.keenness for p in crowd])[0]
    lines = tuple(_lines(shop, person, random))
    waits = random.random() < rhythm.online
    paid_at, cancelled_at = _outcome(shop, placed_at, random) if waits else (placed_at, None)
    subtotal = sum(line.total for line in lines)
    return Purchase(
        id=f"{shop.slug}-{number}",
        number=f"#{number}",
        person=person,
        guest={} if person else _guest(shop, crowd, random),
        placed_at=placed_at,
        lines=lines,
        shipping=rhythm.shipping if waits and subtotal < rhythm.free_shipping_from else 0,
        waits=waits,
        paid_at=paid_at,
        cancelled_at=cancelled_at,
        refund=_refund(shop, lines, paid_at, random) if paid_at else None,
    )


def _lines(shop: Shop, person: Person | None, random: Random) -> Iterator[Line]:
    count = random.choices(range(1, len(shop.rhythm.lines) + 1), shop.rhythm.lines)[0]
    weights = [
        ware.weight * (8 if person and index == person.favourite else 1) for index, ware in enumerate(shop.wares)
    ]
    chosen = dict.fromkeys(random.choices(shop.wares, weights, k=count))
    for index, ware in enumerate(chosen, start=1):
        quantity = (
            random.choices((1, 2, 3), (0.85, 0.12, 0.03))[0] if ware.price * 20 < shop.wares[0].price * 400 else 1
        )
        discount = ware.price * quantity // 10 if random.random() < 0.04 else 0
        yield Line(str(index), ware, quantity, discount)


def _outcome(shop: Shop, placed_at: datetime, random: Random) -> tuple[datetime | None, datetime | None]:
    """When an order that waited for payment was paid, or given up."""
    if random.random() < shop.rhythm.unpaid:
        return None, placed_at + timedelta(hours=random.uniform(24, 48))
    paid_at = placed_at + timedelta(minutes=random.uniform(0.5, 15))
    changed_mind = random.random() < 0.02
    return paid_at, paid_at + timedelta(hours=random.uniform(0.1, 3)) if changed_mind else None


def _refund(shop: Shop, lines: tuple[Line, ...], paid_at: datetime, random: Random) -> Refund | None:
    if random.random() >= shop.rhythm.refunded:
        return None
    back = lines if random.random() < 0.3 else (random.choice(lines),)
    return Refund(paid_at + timedelta(days=random.uniform(*shop.rhythm.days_to_refund)), back)


def _guest(shop: Shop, crowd: list[Person], random: Random) -> dict[str, str]:
    """A guest leaves nothing, or an address; sometimes the one of somebody who has an account."""
    known = random.choice(crowd)
    left = random.random()
    if left < 0.3:
        return {}
    if left < 0.45:
        return {"name": known.name, "email": known.email}
    if shop.country == "KR":
        return {"phone": f"010-{random.randrange(2000, 9999)}-{random.randrange(10000):04}"}
    return {"name": "Guest", "email": f"guest{random.randrange(10**6)}@example.org"}
