"""The ledger told again in plain Python, from docs/ledger.md and not from the SQL. The database must agree with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The ledger must refuse this, for the named reason."""


@dataclass(eq=False)
class ModelLot:
    number: int
    order: int | None
    journal: str
    points: int
    remaining: int
    matures: datetime | None
    expires: datetime | None
    pending: bool
    promised: datetime | None = None  # when it may really go: set once the member was told
    expired: int = 0  # gone by expiry, and not yet counted against a claw-back

    @property
    def use_order(self) -> tuple[datetime, int]:
        """First to expire, first used; what never expires comes last."""
        return (self.expires or FOREVER, self.number)


@dataclass
class Done:
    """One journal: what it was, how many points, which lots it drew from."""

    kind: str
    points: int
    drawn: dict[int, int] = field(default_factory=dict)
    order: int | None = None
    resolved: bool = False
    of: str = ""


@dataclass
class ModelMember:
    """One member's points."""

    lots: list[ModelLot] = field(default_factory=list)
    journals: dict[str, Done] = field(default_factory=dict)
    held: int = 0
    debt: int = 0
    earned: int = 0

    @property
    def available(self) -> int:
        return sum(lot.remaining for lot in self.lots if not lot.pending)

    @property
    def pending(self) -> int:
        return sum(lot.remaining for lot in self.lots if lot.pending)

    # ── The verbs ───────────────────────────────────────────────────────────────────────────────

    def earn(
        self, key: str, points: int, at: datetime, matures: datetime | None, expires: datetime | None, order: int | None
    ) -> None:
        if key in self.journals:
            return
        self.journals[key] = Done("earn", points, order=order)
        waits = matures is not None and matures > at
        self._add_lot(key, points, matures, expires, order, pending=waits)
        self.earned += points

    def claw_back(self, key: str, points: int, at: datetime, order: int) -> None:
        if key in self.journals:
            return
        self.settle(at)
        self.journals[key] = Done("claw_back", points, order=order)
        self._take_back(points, [lot for lot in self.lots if lot.order == order])
        self.earned -= points

    def adjust(self, key: str, points: int, at: datetime, expires: datetime | None) -> None:
        if key in self.journals:
            return
        self.settle(at)
        if -points > self.available:
            raise Refused("not_enough_points")
        self.journals[key] = done = Done("adjust", points)
        if points > 0:
            self._add_lot(key, points, None, expires, None, pending=False)
        else:
            done.drawn = self._draw(-points)
        self.settle(at)

    def hold(self, key: str, points: int, at: datetime) -> None:
        if key in self.journals:
            return
        self.settle(at)
        if points > self.available:
            raise Refused("not_enough_points")
        self.journals[key] = Done("hold", points, self._draw(points))
        self.held += points

    def resolve(self, key: str, hold: str, used: int | None, at: datetime) -> None:
        """Capture `used` points of the hold (None: all), or void it (0)."""
        if key in self.journals:
            return
        done = self.journals[hold]
        if done.resolved:
            raise Refused("already_resolved")
        used = done.points if used is None else used
        if used > done.points:
            raise Refused("not_enough_points")
        self.settle(at)
        done.resolved = True
        self.held -= done.points
        kept = self._give_back(done.drawn, done.points - used)
        self.journals[key] = Done("capture" if used else "void", used, kept, of=hold)
        self.settle(at)

    def reverse(self, key: str, undone: str, at: datetime) -> None:
        if key in self.journals:
            return
        done = self.journals[undone]
        if done.resolved:
            raise Refused("already_resolved")
        if done.kind not in ("adjust", "capture", "earn") or (done.kind == "earn" and done.order is not None):
            raise Refused("not_reversible")
        self.settle(at)
        done.resolved = True
        self.journals[key] = Done("reverse", 0)
        if done.kind == "earn" or (done.kind == "adjust" and done.points > 0):
            self._take_back(done.points, [lot for lot in self.lots if lot.journal == undone])
            self.earned -= done.points if done.kind == "earn" else 0
        else:
            self._give_back(done.drawn, abs(done.points))
        self.settle(at)

    def settle(self, at: datetime) -> None:
        """What matures by then, then what expires by then."""
        due = [lot for lot in self.lots if lot.pending and lot.remaining and lot.matures and lot.matures <= at]
        for lot in sorted(due, key=lambda lot: (lot.matures, lot.number)):
            lot.pending = False
            self._pay_debt_from(lot)
        for lot in self.lots:
            if not lot.pending and lot.remaining and lot.promised and lot.promised <= at:
                lot.expired += lot.remaining
                lot.remaining = 0

    def tell(self, at: datetime) -> None:
        """The member is told, three days before, of what will expire."""
        for lot in self.lots:
            if not lot.pending and lot.remaining and lot.expires and not lot.promised:
                lot.promised = max(lot.expires, at + timedelta(days=3))

    # ── What they are made of ───────────────────────────────────────────────────────────────────

    def _add_lot(
        self, key: str, points: int, matures: datetime | None, expires: datetime | None, order: int | None,
        *, pending: bool,
    ) -> None:  # fmt: skip
        lot = ModelLot(len(self.lots), order, key, points, points, matures, expires, pending)
        self.lots.append(lot)
        if not pending:
            self._pay_debt_from(lot)

    def _pay_debt_from(self, lot: ModelLot) -> None:
        paid = min(self.debt, lot.remaining)
        self.debt -= paid
        lot.remaining -= paid

    def _draw(self, points: int) -> dict[int, int]:
        drawn: dict[int, int] = {}
        for lot in sorted((lot for lot in self.lots if not lot.pending), key=lambda lot: lot.use_order):
            part = min(points, lot.remaining)
            lot.remaining -= part
            points -= part
            if part:
                drawn[lot.number] = part
        return drawn

    def _give_back(self, drawn: dict[int, int], points: int) -> dict[int, int]:
        """Debt first, then to the lots, last to expire first. Answers what stays drawn."""
        paid = min(self.debt, points)
        self.debt -= paid
        points -= paid
        drawn = dict(drawn)
        for number in sorted(drawn, key=lambda number: self.lots[number].use_order, reverse=True):
            part = min(points, drawn[number])
            self.lots[number].remaining += part
            drawn[number] -= part
            points -= part
        return drawn

    def _take_back(self, points: int, own: list[ModelLot]) -> None:
        """From its own lots, then from what had expired of them, then from others, and the rest is owed."""
        for lot in sorted(own, key=lambda lot: (not lot.pending, lot.use_order)):
            part = min(points, lot.remaining)
            lot.remaining -= part
            points -= part
        for lot in own:
            part = min(points, lot.expired)
            lot.expired -= part
            points -= part
        points -= sum(self._draw(points).values())
        self.debt += points
