"""What the members of the simulated year must have: told again in plain Python from docs/, without the database.

Lots and debts are the ledger's model (tests/loyalty/model_ledger.py). Here is what orders earn, who is on which tier,
and when members were told of what will expire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.loyalty.model_ledger import Done, ModelLot, ModelMember

ZONE = ZoneInfo("Europe/London")
NOTICE_DAYS = 3  # one notice, so long before the points go
MORNING = timedelta(hours=14)  # notices go out so long before the end of the day that lies NOTICE_DAYS before
FIRST_ORDER = 100
VOUCHER, BELL = "voucher", "bell"  # a product that earns nothing, one that earns three times
TIERS = (("gold", 80_000, 150), ("silver", 30_000, 120), ("", 0, 100))  # key, pence ever spent, hundredths


@dataclass(frozen=True)
class Terms:
    """One version of the programme."""

    begins: datetime
    per_pound: int
    hold_days: int
    expiry_months: int
    weekend: int = 200  # hundredths


@dataclass(frozen=True)
class Line:
    """A line of an order, in pence."""

    key: str
    product: str
    pieces: int
    price: int

    @property
    def total(self) -> int:
        return self.pieces * self.price


@dataclass
class Bought:
    """An order as the shop knows it, and what it has earned."""

    number: int
    member: int
    placed_at: datetime
    lines: list[Line]
    shipping: int
    terms: Terms
    refunds: list[dict[str, int]] = field(default_factory=list)  # of each: pieces by line
    shipping_refunded: bool = False
    cancelled: bool = False
    told: bool = False  # its delivery has come
    posted: int = 0
    postings: int = 0
    factor: int | None = None  # the tier's, when it first earned
    is_first: bool = False

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines) + self.shipping

    def kept(self, line: Line) -> int:
        """Pieces of the line that were not given back."""
        return line.pieces - sum(refund.get(line.key, 0) for refund in self.refunds)

    @property
    def goods(self) -> int:
        """Money of what was kept."""
        return sum(self.kept(line) * line.price for line in self.lines)

    @property
    def all_back(self) -> bool:
        return self.goods == 0 and self.shipping_refunded

    def earns(self) -> int:
        """Points of the order as it stands."""
        if self.cancelled or self.all_back:
            return 0
        weekend = self.placed_at.astimezone(ZONE).weekday() >= 5
        usual = self.terms.weekend if weekend else 100
        weighted = sum(
            self.kept(line) * line.price * (max(usual, 300) if line.product == BELL else usual)
            for line in self.lines
            if line.product != VOUCHER
        )
        money = sum(self.kept(line) * line.price for line in self.lines if line.product != VOUCHER)
        if not money:
            return 0
        points = weighted * self.terms.per_pound * (self.factor or 100) // (100 * 100 * 100)
        return points + (FIRST_ORDER if self.is_first else 0)


class Member(ModelMember):
    """One member, and what is planned for their points."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.gone = False
        self.had_first = False

    def tell(self, at: datetime) -> None:
        """The morning's notices: of points that will be gone in three days, or later where this comes late."""
        for lot in self.lots:
            if lot.pending or not lot.remaining or not lot.expires or lot.promised:
                continue
            if _days_before(lot.expires) <= at:
                in_time = at + timedelta(days=NOTICE_DAYS) <= lot.expires
                lot.promised = lot.expires if in_time else end_of_day(at.astimezone(ZONE).date(), NOTICE_DAYS)

    def take_over(self, other: Member, at: datetime) -> None:
        """Two accounts have become one: lots keep their times; what either owes is paid from what the other has."""
        self.settle(at)
        other.settle(at)
        coming = [lot for lot in other.lots if lot.remaining]
        owed, other.debt = other.debt, 0
        paid = min(self.available, owed)
        self._draw(paid)
        self.debt += owed - paid
        for lot in sorted(coming, key=lambda lot: lot.number):
            self.lots.append(
                ModelLot(
                    len(self.lots), lot.order, f"merge:{lot.journal}", lot.remaining, lot.remaining, lot.matures,
                    lot.expires, lot.pending,
                )
            )  # fmt: skip
            lot.remaining = 0
        active = [lot for lot in self.lots[-len(coming) :] if not lot.pending] if coming else []
        for lot in sorted(active, key=lambda lot: lot.use_order):
            self._pay_debt_from(lot)
        self.earned, other.earned = self.earned + other.earned, 0
        self.settle(at)

    def vanish(self, at: datetime) -> None:
        """Erased: nothing is left."""
        for lot in self.lots:
            lot.remaining = 0
        self.debt, self.held, self.gone = 0, 0, True


class Book:
    """All members and orders."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.orders: list[Bought] = []

    def join(self) -> Member:
        self.members.append(Member(len(self.members)))
        return self.members[-1]

    @property
    def present(self) -> list[Member]:
        return [member for member in self.members if not member.gone]

    def tier(self, member: Member) -> tuple[str, int]:
        """The key and the factor of the tier by what was ever spent, less what came back."""
        own = [order for order in self.orders if order.member == member.number and order.told]
        spent = sum(order.goods for order in own if not order.cancelled and not order.all_back)
        return next((key, factor) for key, threshold, factor in TIERS if spent >= threshold)

    def bring_up(self, orders: list[Bought], at: datetime) -> None:
        """News of these orders has come: points follow. What is taken back comes first."""
        factors = {order.number: self.tier(self.members[order.member])[1] for order in orders if not order.told}
        news = sorted((order for order in orders), key=lambda order: (order.placed_at, order.number))
        for order in news:
            order.told = True
        for order in news:
            self._earn_first(order, factors)
        changes = [(order, order.earns() - order.posted) for order in news]
        for order, change in sorted(changes, key=lambda pair: pair[0].number):
            if change < 0:
                self._post(order, change, at)
        for order, change in changes:
            if change > 0:
                self._post(order, change, at)

    def _earn_first(self, order: Bought, factors: dict[int, int]) -> None:
        """What was true of the member when the order first earned stays with it."""
        if order.factor is not None or not order.earns():
            return
        member = self.members[order.member]
        order.factor = factors.get(order.number, self.tier(member)[1])
        before = [o for o in self.orders if o.member == order.member and o.told and not o.cancelled and o is not order]
        if not member.had_first and not any(o.placed_at < order.placed_at for o in before):
            order.is_first = member.had_first = True

    def _post(self, order: Bought, change: int, at: datetime) -> None:
        member = self.members[order.member]
        order.posted += change
        order.postings += 1
        key = f"order:{order.number}:{order.postings}"
        if change < 0:
            member.claw_back(key, -change, at, order.number)
            return
        matures = order.placed_at + timedelta(days=order.terms.hold_days) if order.terms.hold_days else None
        expires = month_end(order.placed_at.astimezone(ZONE).date(), order.terms.expiry_months)
        member.earn(key, change, at, matures, expires, order.number)

    def merge(self, gone: Member, left: Member, at: datetime) -> None:
        left.take_over(gone, at)
        left.had_first = left.had_first or gone.had_first
        gone.gone = True
        for order in self.orders:
            if order.member == gone.number:
                order.member = left.number


def month_end(day: date, months: int) -> datetime:
    """The last second of the month so many months later."""
    years, month = divmod(day.month - 1 + months + 1, 12)
    first_after = date(day.year + years, month + 1, 1)
    return datetime.combine(first_after - timedelta(days=1), time(23, 59, 59), ZONE)


def end_of_day(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(23, 59, 59), ZONE)


def _days_before(expires: datetime) -> datetime:
    local = expires.astimezone(ZONE)
    return datetime.combine(local.date() - timedelta(days=NOTICE_DAYS), local.time(), ZONE) - MORNING


__all__ = ["Book", "Bought", "Done", "Line", "Member", "Terms"]
