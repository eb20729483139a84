"""A year of a London shop, made up from a seed: both the real thing and the book are told what happens.

Deliveries are lost for days, doubled and shuffled; the server is down for a week; its clock is set back. What is
decided depends on the seed and the book alone, never on what the database says.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from customers.erasing import erase
from customers.merging import merge
from customers.models import Customer, Identity
from customers.orders import apply_orders, apply_refunds
from customers.snapshots import CustomerSnapshot, LineSnapshot, OrderSnapshot, RefundedLine, RefundSnapshot
from loyalty import ledger, programme, redemption
from loyalty.models import Balance, Journal
from loyalty.rules import Rules
from staff.actors import Actor
from tenants.alarms import drain
from tenants.models import Merchant
from tests.simulation.book import BELL, FIRST_ORDER, TIERS, VOUCHER, ZONE, Book, Bought, Line, Member, Terms

BEGINS = date(2027, 7, 1)  # the year has 29 February, and both days on which the clocks change
SOMEONE = Actor("staff", 1, "Sora")
STORE = "st_year"
PRODUCTS = (("tube", 650), ("chain", 2_499), ("bell", 1_199), ("frame", 38_900), ("voucher", 2_500), ("oil", 899))
REWARDS = {"tea": 150, "five": 500}
VALID_DAYS = 30
DOWN = ((60, 8), (200, 5))  # on which day the server goes down, and for how many
RULE_CHANGES = {0: (5, 3, 4, 200), 120: (10, 0, 4, 300), 240: (7, 14, 3, 200)}
CLOCK_SET_BACK = (45, 117, 300)


def rules_of(terms: Terms) -> Rules:
    """The same in Dangol's words."""
    name = {"en": "It"}
    every: dict[str, Any] = {"name": name}
    return Rules.from_json(
        {
            "currency": "GBP", "earn_points": terms.per_pound, "earn_per": 100, "hold_days": terms.hold_days,
            "expiry_months": terms.expiry_months, "expiry_ends": "month", "notices": [3], "stacking": "best",
            "earning": [
                {**every, "key": "weekend", "kind": "order", "effect": "multiply", "factor": terms.weekend,
                 "window": {"weekdays": [5, 6]}},
                {**every, "key": "bells", "kind": "lines", "effect": "multiply", "factor": 300,
                 "lines": {"products": [BELL]}},
                {**every, "key": "vouchers", "kind": "lines", "effect": "multiply", "factor": 0,
                 "lines": {"products": [VOUCHER]}},
                {**every, "key": "first", "kind": "nth_order", "effect": "points", "points": FIRST_ORDER,
                 "limit": {"times_each": 1}},
            ],
            "tiers": {"metric": "spend", "window": "lifetime", "tiers": [
                {"key": key, "name": name, "threshold": threshold, "factor": factor}
                for key, threshold, factor in reversed(TIERS) if key
            ]},
            "rewards": [
                {"key": key, "name": name, "points": points, "value_minor": points, "kind": "manual",
                 "valid_days": VALID_DAYS}
                for key, points in REWARDS.items()
            ],
        }
    )  # fmt: skip


class Year:
    """One shop, told what happens day by day."""

    def __init__(self, merchant: Merchant, seed: int, *, a_day: float = 2.5) -> None:
        self.merchant, self.random, self.a_day = merchant, random.Random(seed), a_day
        self.book = Book()
        self.terms: list[Terms] = []
        self.customers: dict[int, int] = {}  # member's number → id
        self.codes: list[tuple[int, Member, str, datetime]] = []  # id, member, hold's key, valid until
        self.late: list[tuple[date, Bought]] = []  # orders whose news comes on a later day
        self.down_until: date | None = None
        self.number = 0

    def live(self, days: int, each_day: Callable[[datetime], None]) -> None:
        """So many days; `each_day` is called in the evening."""
        for number in range(days):
            self._day(number, BEGINS + timedelta(days=number), each_day)

    def _day(self, number: int, day: date, each_day: Callable[[datetime], None]) -> None:
        if number in RULE_CHANGES:
            self._publish(number, moment(day, 1))
        for begins, length in DOWN:
            if number == begins:
                self.down_until = day + timedelta(days=length)
        is_down = self.down_until is not None and day < self.down_until
        placed = [self._shop(day) for _ in range(self._how_many())]
        self.late += [(self.down_until if is_down and self.down_until else day + self._delay(), o) for o in placed]
        if is_down:
            return
        self._drain(moment(day, 10, 30))
        for step in range(self.random.randint(1, 4)):
            hour = 12 + 2 * step - (5 if number in CLOCK_SET_BACK and step else 0)
            self._something(moment(day, hour, self.random.randint(0, 59)))
        self._deliver(day, moment(day, 21))
        self._drain(moment(day, 23, 30))
        each_day(moment(day, 23, 45))

    def _how_many(self) -> int:
        return int(self.a_day) + (self.random.random() < self.a_day % 1)

    def _delay(self) -> timedelta:
        return timedelta(days=self.random.choice((0, 0, 0, 0, 0, 1, 3)))

    # ── The programme ───────────────────────────────────────────────────────────────────────────

    def _publish(self, number: int, at: datetime) -> None:
        per_pound, hold, expiry, weekend = RULE_CHANGES[number]
        self.terms.append(Terms(at, per_pound, hold, expiry, weekend))
        programme.publish(rules_of(self.terms[-1]), actor=SOMEONE, at=at)

    def _terms_of(self, placed_at: datetime) -> Terms:
        return [terms for terms in self.terms if terms.begins <= placed_at][-1]

    # ── Orders ──────────────────────────────────────────────────────────────────────────────────

    def _shop(self, day: date) -> Bought:
        """Somebody orders something. A third of the members are new as long as there are few."""
        members = self.book.present
        if not members or (len(members) < 14 and self.random.random() < 0.3):
            members = [self._join()]
        member = self.random.choice(members)
        placed_at = moment(day, self.random.randint(2, 20), self.random.randint(0, 59))
        chosen = self.random.sample(PRODUCTS, self.random.randint(1, 4))
        lines = [
            Line(f"l{place}", product, self.random.randint(1, 3), price)
            for place, (product, price) in enumerate(chosen)
        ]
        self.number += 1
        shipping = self.random.choice((0, 399))
        order = Bought(self.number, member.number, placed_at, lines, shipping, self._terms_of(placed_at))
        self.book.orders.append(order)
        return order

    def _join(self) -> Member:
        member = self.book.join()
        at = moment(BEGINS, 0)
        customer = Customer.objects.create(
            card_code=f"Y{member.number:011}", name=f"Member {member.number}", email=f"m{member.number}@example.com",
            created_at=at, joined_at=at,
        )  # fmt: skip
        Identity.objects.create(
            customer=customer, kind="store", source=STORE, value=str(member.number), proven_at=at, version="0"
        )
        self.customers[member.number] = customer.pk
        return member

    def _deliver(self, day: date, at: datetime) -> None:
        """What is due to come today: shuffled, some twice; then some of the past orders change."""
        due = [order for when, order in self.late if when <= day]
        self.late = [(when, order) for when, order in self.late if when > day]
        self._bring(self._here(due), at)
        for order in self._some(self._here([o for o in self.book.orders if o.told and not o.all_back])):
            self._change(order, at + timedelta(minutes=10))

    def _here(self, orders: list[Bought]) -> list[Bought]:
        """Those of members who were not erased: their store knows nothing of them any more."""
        return [order for order in orders if not self.book.members[order.member].gone]

    def _some(self, orders: list[Bought]) -> list[Bought]:
        recent = [order for order in orders[-60:] if not order.cancelled]
        return self.random.sample(recent, min(len(recent), self.random.choice((0, 0, 1, 1, 2))))

    def _bring(self, orders: list[Bought], at: datetime) -> None:
        """One delivery with all of these, and some of them again, in any order."""
        if not orders:
            return
        wire = [self._snapshot(order, at) for order in orders]
        wire += self.random.sample(wire, len(wire) // 3)
        self.random.shuffle(wire)
        with transaction.atomic():
            apply_orders(wire, at=at)
        self.book.bring_up(orders, at)

    def _change(self, order: Bought, at: datetime) -> None:
        """A part comes back, or all of it, or it is cancelled. Sometimes the refund's own news comes first."""
        kind = self.random.choice(("part", "part", "part", "all", "cancel"))
        if kind == "cancel" and not order.refunds:
            order.cancelled = True
        elif kind == "all":
            order.refunds.append({line.key: kept for line in order.lines if (kept := order.kept(line))})
            order.shipping_refunded = True
        else:
            left = [line for line in order.lines if order.kept(line)]
            if not left:
                return
            order.refunds.append({self.random.choice(left).key: 1})
        if order.refunds and not order.cancelled and self.random.random() < 0.5:
            with transaction.atomic():
                apply_refunds([self._refund(order, len(order.refunds) - 1, at, embedded=False)], at=at)
            self.book.bring_up([order], at)
        self._bring([order], at + timedelta(minutes=1))

    def _snapshot(self, order: Bought, at: datetime) -> OrderSnapshot:
        lines = tuple(
            LineSnapshot(line.key, line.product, line.pieces, line.price, line.total, product_id=line.product)
            for line in order.lines
        )
        goods = sum(line.total for line in order.lines)
        owner = min(n for n, pk in self.customers.items() if pk == self.customers[order.member])
        return OrderSnapshot(
            source=STORE, external_id=str(order.number), number=f"#{order.number}",
            state="cancelled" if order.cancelled else "paid", currency="GBP", placed_at=order.placed_at,
            paid_at=order.placed_at, updated_at=at, total=order.total, subtotal=goods, shipping=order.shipping,
            cancelled_at=at if order.cancelled else None, lines=lines,
            refunds=tuple(self._refund(order, place, at) for place in range(len(order.refunds))),
            buyer=CustomerSnapshot(
                source=STORE, updated_at=at, external_id=str(owner), name=f"Member {owner}", embedded=True
            ),
        )  # fmt: skip

    def _refund(self, order: Bought, place: int, at: datetime, *, embedded: bool = True) -> RefundSnapshot:
        back = order.refunds[place]
        prices = {line.key: line.price for line in order.lines}
        goods = sum(pieces * prices[key] for key, pieces in back.items())
        shipping = order.shipping if order.shipping_refunded and place == len(order.refunds) - 1 else 0
        return RefundSnapshot(
            source=STORE, order_external_id=str(order.number), external_id=f"r{order.number}-{place}", currency="GBP",
            updated_at=at, at=at, total=goods + shipping, subtotal=goods, shipping=shipping, embedded=embedded,
            lines=tuple(RefundedLine(key, pieces, pieces * prices[key]) for key, pieces in back.items()),
        )  # fmt: skip

    # ── What people do ──────────────────────────────────────────────────────────────────────────

    def _something(self, at: datetime) -> None:
        if not self.book.present:
            return
        acts = (self._redeem, self._redeem, self._settle_code, self._adjust)
        chosen = self.random.choices((*acts, self._merge, self._erase), (5, 5, 5, 2, 0.3, 0.1))[0]
        chosen(self.random.choice(self.book.present), at)

    def _redeem(self, member: Member, at: datetime) -> None:
        key, points = self.random.choice(list(REWARDS.items()))
        member.settle(at)
        if member.available < points:
            return
        name = f"take:{len(self.codes)}"
        taken = redemption.redeem(self.customers[member.number], key, where="till", key=name, at=at, actor=SOMEONE)
        member.hold(name, points, at)
        self.codes.append((taken.pk, member, name, taken.valid_until))
        assert taken.valid_until == _valid_until(at)

    def _settle_code(self, _member: Member, at: datetime) -> None:
        """A code is used at the till, or cancelled."""
        ready = [code for code in self.codes if at <= code[3] and not code[1].gone]
        if not ready:
            return
        pk, member, name, _until = code = self.random.choice(ready)
        self.codes.remove(code)
        if self.random.random() < 0.7:
            redemption.use(pk, key=f"use:{name}", at=at, actor=SOMEONE)
            member.resolve(f"use:{name}", name, None, at)
        else:
            redemption.cancel(pk, reason="not wanted", key=f"cancel:{name}", at=at, actor=SOMEONE)
            member.resolve(f"cancel:{name}", name, 0, at)
        self.codes.append((0, member, name, datetime.min.replace(tzinfo=UTC)))  # keeps names unique

    def _adjust(self, member: Member, at: datetime) -> None:
        points = self.random.choice((40, 25, -30))
        member.settle(at)
        if member.available + points < 0:
            return
        name = f"adjust:{self.random.random()}"
        given = ledger.adjust(
            self.customers[member.number], points, reason="Goodwill", actor=SOMEONE, key=name, at=at, expires_at=None
        )
        assert given.key == name
        member.adjust(name, points, at, None)

    def _merge(self, member: Member, at: datetime) -> None:
        others = [other for other in self.book.present if other is not member]
        if len(others) < 4 or any(code[1] is member and code[0] for code in self.codes):
            return
        left = self.random.choice(others)
        gone = Customer.objects.get(pk=self.customers[member.number])
        with transaction.atomic():
            merge(gone, Customer.objects.get(pk=self.customers[left.number]), actor=SOMEONE, at=at, reason="twice here")
        self.book.merge(member, left, at)

    def _erase(self, member: Member, at: datetime) -> None:
        if len(self.book.present) < 5 or any(code[1] is member and code[0] for code in self.codes):
            return
        with transaction.atomic():
            erase(Customer.objects.get(pk=self.customers[member.number]), actor=SOMEONE, at=at, reason="asked for it")
        member.vanish(at)

    def _drain(self, at: datetime) -> None:
        """All alarms; in the book: what matures, what lapses, who is told."""
        drain(self.merchant, at)
        for member in self.book.present:
            member.settle(at)
        for pk, member, name, until in list(self.codes):
            if pk and until <= at and not member.gone:
                member.resolve(f"lapse:{name}", name, 0, at)
                self.codes[self.codes.index((pk, member, name, until))] = (0, member, name, until)
        for member in self.book.present:
            member.tell(at)
            member.settle(at)

    # ── What came of it ─────────────────────────────────────────────────────────────────────────

    def expected(self) -> dict[int, tuple[int, int, int, int, int, str]]:
        """By the book: available, pending, held, debt, earned and tier of each member who is still there."""
        return {
            m.number: (m.available, m.pending, m.held, m.debt, m.earned, self.book.tier(m)[0])
            for m in self.book.present
        }

    def found(self) -> dict[int, tuple[int, int, int, int, int, str]]:
        """The same by the database."""
        fields = ("available", "pending", "held", "debt", "earned", "tier")
        rows = {pk: row for pk, *row in Balance.objects.values_list("pk", *fields)}
        nothing = (0, 0, 0, 0, 0, "")
        return {m.number: tuple(rows.get(self.customers[m.number], nothing)) for m in self.book.present}

    def digest(self) -> str:
        """Of the whole ledger, without the numbers that the database gives out."""
        whose = {pk: number for number, pk in self.customers.items()}
        told = hashlib.sha256()
        for journal in Journal.objects.order_by("id").prefetch_related("entries"):
            entries = sorted((e.account, e.points, e.balance_after) for e in journal.entries.all())
            line = (whose[journal.customer_id], journal.kind, journal.effective_at, journal.recorded_at, entries)
            told.update(repr(line).encode())
        return told.hexdigest()


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the shop's day."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def _valid_until(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(ZONE).date() + timedelta(days=VALID_DAYS), time(23, 59, 59), ZONE)
