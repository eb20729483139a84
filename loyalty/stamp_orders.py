"""Stamps of orders and of pieces bought. As with points, an order has its target, and the difference is given or taken.

The card is the one of the version in force when the order was placed, so deliveries may come in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection

from config.many import AnyOf
from customers.events import Happened, subscribe
from customers.models import Customer, Order
from loyalty import earning  # noqa: F401  it subscribes first
from loyalty.evaluation import counted, refusal
from loyalty.lines import lines_of
from loyalty.models import ProgrammeVersion
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.stacking import rests
from loyalty.stamp_book import Book, card_in_force
from loyalty.stamp_rules import StampCard
from staff.actors import SYSTEM

OF_ORDERS = ("order", "item")


@dataclass(slots=True)
class Given:
    """The stamps that one order gave one member on one card."""

    stamps: int = 0
    newest: int = 0  # row of the newest that were given


GIVEN = """
SELECT order_id, card, customer_id, sum(change)::int, max(id) FILTER (WHERE change > 0), count(*)
FROM loyalty_stamp WHERE order_id = ANY (%s) AND reason IN ('order', 'refunded') GROUP BY order_id, card, customer_id
"""


def wanted(order: Order, card: StampCard, rules: Rules) -> int:
    """The stamps that the order as it now stands gives on this card. Pure.

    An order gives one when money counts for points in it, at least as much as the card asks for; pieces count when they
    were paid for and kept. Gift cards are no pieces.
    """
    if not card.active or card.by not in OF_ORDERS or refusal(order, rules):
        return 0
    if 0 < order.total <= order.refunded:
        return 0
    if card.by == "order":
        money = sum(counted(order, rules).values())
        return int(money > 0 and money >= card.minimum_minor)
    lines = lines_of(card.lines)
    kept = rests(order, count_gift_cards=False)
    return sum(rest.quantity for rest in kept if rest.money > 0 and lines.match(rest.line))


@subscribe("order.changed", name="loyalty.stamps", after="loyalty.earning")
def orders_changed(happened: Sequence[Happened], at: datetime) -> None:
    """Bring the stamps of these orders to what they should be. One query in a shop that never had a card."""
    if not _ever_a_card():
        return
    told = {h.subject_id: h.subject for h in happened if h.subject is not None}
    ids = {h.subject_id for h in happened if h.subject_id is not None} - told.keys()
    read = Order.objects.filter(AnyOf("id", list(ids))) if ids else ()
    Bringing([*told.values(), *read], at).run()


def bring_up(order_ids: Collection[int], *, at: datetime) -> None:
    """As when these orders had changed: for whoever has given them another owner without telling so."""
    if order_ids and _ever_a_card():
        Bringing(list(Order.objects.filter(AnyOf("id", list(order_ids)))), at).run()


def _ever_a_card() -> bool:
    return ProgrammeVersion.objects.filter(rules__stamps__0__isnull=False).exists()


class Bringing:
    """One batch of orders and what their cards should have."""

    def __init__(self, orders: Sequence[Order], at: datetime) -> None:
        self.at = at
        self.zone = shop_time_zone()
        self.versions = list(ProgrammeVersion.objects.order_by("-in_force_from", "-number"))
        self.orders = {order.pk: order for order in orders}
        self._read_given()
        self._add_neighbours()
        self.targets = self._targets()

    def run(self) -> None:
        """Give and take the differences."""
        due = [(pk, card) for pk in sorted(self.orders) for card in self._cards_of(pk) if self._differs(pk, card)]
        if not due:
            return
        book = Book.of(self._members(), at=self.at, actor=SYSTEM)
        for pk, key in due:
            self._bring(book, self.orders[pk], key)
        book.write()

    def _read_given(self) -> None:
        self.given: dict[tuple[int, str], dict[int, Given]] = defaultdict(lambda: defaultdict(Given))
        self.counts: dict[tuple[int, str], int] = defaultdict(int)
        self._read_given_of(self.orders)

    def _read_given_of(self, ids: Collection[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(GIVEN, [list(ids)])
            rows = cursor.fetchall()
        now = _who_they_are_now({row[2] for row in rows} - {order.customer_id for order in self.orders.values()})
        for order_id, card, who, stamps, newest, count in rows:
            given = self.given[order_id, card][now.get(who, who)]
            given.stamps += stamps
            given.newest = max(given.newest, newest or 0)
            self.counts[order_id, card] += count

    def _add_neighbours(self) -> None:
        """Where a card takes only so many a day, the other orders of these members on these days matter as well."""
        days = {
            (who, self._day(order))
            for order in list(self.orders.values())
            if any(card.a_day is not None for card in self._cards(order).values())
            for who in {order.customer_id, *(w for cards in self._given_to(order.pk) for w in cards)}
            if who is not None
        }
        new: list[int] = []
        for who, day in days:
            begins, ends = (datetime.combine(day + timedelta(days=n), time(), self.zone) for n in (0, 1))
            for order in Order.objects.filter(customer=who, placed_at__gte=begins, placed_at__lt=ends):
                if order.pk not in self.orders:
                    self.orders[order.pk] = order
                    new.append(order.pk)
        if new:
            self._read_given_of(new)

    def _given_to(self, order_id: int) -> Iterable[Mapping[int, Given]]:
        return [by for (pk, _), by in self.given.items() if pk == order_id]

    def _targets(self) -> dict[tuple[int, str], int]:
        targets: dict[tuple[int, str], int] = {}
        used: dict[tuple[int | None, str, date], int] = defaultdict(int)
        for order in sorted(self.orders.values(), key=lambda o: (_placed(o) or self.at, o.pk)):
            version = self._version(order)
            for key, card in self._cards(order).items():
                assert version is not None
                stamps = wanted(order, card, version.terms)
                if card.a_day is not None:
                    place = (order.customer_id, key, self._day(order))
                    stamps = min(stamps, max(card.a_day - used[place], 0))
                    used[place] += stamps
                targets[order.pk, key] = stamps
        return targets

    def _differs(self, order_id: int, card: str) -> bool:
        owner, given = self.orders[order_id].customer_id, self.given.get((order_id, card), {})
        has = {who: it.stamps for who, it in given.items() if it.stamps}
        target = self.targets.get((order_id, card), 0)
        return has != ({owner: target} if target and owner is not None else {})

    def _bring(self, book: Book, order: Order, key: str) -> None:
        card = card_in_force(key, self.at)
        given = self.given[order.pk, key]
        owner, target = order.customer_id, self.targets.get((order.pk, key), 0)
        for who, it in list(given.items()):
            if who != owner and it.stamps:
                book.take(who, card, it.stamps, reason="refunded", key=self._key(order, key), since=it.newest,
                          order_id=order.pk)  # fmt: skip
        if owner is None:
            return
        missing = target - given[owner].stamps
        if missing > 0:
            book.give(owner, card, missing, reason="order", key=self._key(order, key), order_id=order.pk)
        elif missing < 0:
            book.take(owner, card, -missing, reason="refunded", key=self._key(order, key),
                      since=given[owner].newest, order_id=order.pk)  # fmt: skip

    def _key(self, order: Order, card: str) -> str:
        self.counts[order.pk, card] += 1
        return f"order:{order.pk}:{card}:{self.counts[order.pk, card]}"

    def _members(self) -> set[int]:
        owners = {order.customer_id for order in self.orders.values() if order.customer_id is not None}
        return owners | {who for by in self.given.values() for who in by}

    def _cards_of(self, order_id: int) -> list[str]:
        cards = {card for pk, card in self.given if pk == order_id} | {c for pk, c in self.targets if pk == order_id}
        return sorted(cards)

    def _cards(self, order: Order) -> dict[str, StampCard]:
        version = self._version(order)
        if version is None or not version.rules.get("stamps"):
            return {}
        return {card.key: card for card in version.terms.stamps if card.by in OF_ORDERS}

    def _version(self, order: Order) -> ProgrammeVersion | None:
        placed = _placed(order)
        return next((v for v in self.versions if placed is not None and v.in_force_from <= placed), None)

    def _day(self, order: Order) -> date:
        return (_placed(order) or self.at).astimezone(self.zone).date()


def _placed(order: Order) -> datetime | None:
    return order.placed_at or order.paid_at


def _who_they_are_now(customer_ids: Collection[int]) -> dict[int, int]:
    """Of members who were merged, who is left of them."""
    merged = dict(
        Customer.objects.filter(pk__in=customer_ids, merged_into__isnull=False).values_list("pk", "merged_into")
    )
    if not merged:
        return {}
    further = _who_they_are_now({left for left in merged.values() if left is not None})
    return {who: further.get(left, left) for who, left in merged.items() if left is not None}
