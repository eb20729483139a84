"""The stamps of some members while their balances are locked: rows are only added, together, at the end.

What stands on a card is the newest row's `after`. It is negative while stamps are owed: taken back after the reward
that they had filled was used. docs/stamps.md has the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from config.copying import insert
from customers.events import Happened, record
from loyalty import ledger, redemption
from loyalty.models import Redemption, Stamp
from loyalty.programme import in_force, shop_time_zone
from loyalty.stamp_rules import StampCard
from staff.actors import Actor

GIVEN, CARD_FULL, TAKEN = "stamp.given", "stamp.card_full", "stamp.taken"
NEVER = 2**30  # more stamps than any card has
# Rows that put stamps on a card, so that its time begins anew.
FRESH = ("visit", "order", "staff", "merged", "unmerged")

STATES = """
SELECT DISTINCT ON (s.customer_id, s.card) s.customer_id, s.card, s.after, s.id, (
    SELECT g.at FROM loyalty_stamp g
    WHERE g.customer_id = s.customer_id AND g.card = s.card AND g.change > 0 AND g.reason = ANY (%s)
    ORDER BY g.id DESC LIMIT 1)
FROM loyalty_stamp s WHERE s.customer_id = ANY (%s) ORDER BY s.customer_id, s.card, s.id DESC
"""


@dataclass(slots=True)
class OnCard:
    """What one member has on one card."""

    after: int = 0
    last_id: int = 0  # of the newest row
    last_at: datetime | None = None  # when stamps came last


@dataclass(slots=True)
class Book:
    """Cards of members, locked, and the rows to be added."""

    at: datetime
    actor: Actor
    zone: ZoneInfo
    states: dict[tuple[int, str], OnCard]
    rows: list[Stamp] = field(default_factory=list)
    full: list[tuple[Stamp, StampCard]] = field(default_factory=list)
    told: list[Happened] = field(default_factory=list)

    @classmethod
    def of(cls, customer_ids: Collection[int], *, at: datetime, actor: Actor) -> Book:
        """The cards of these members. Locks their balances until the transaction ends."""
        ledger.lock(customer_ids)
        return cls(at, actor, shop_time_zone(), states_of(customer_ids))

    def on(self, customer_id: int, card: str) -> OnCard:
        """What the member has on this card."""
        return self.states.setdefault((customer_id, card), OnCard())

    def give(
        self, customer_id: int, card: StampCard, count: int, *, reason: str, key: str, order_id: int | None = None
    ) -> None:
        """Put stamps on the card; as often as that fills it, its reward falls due and the rest stays."""
        self.let_lapse(customer_id, card)
        self.add(customer_id, card.key, count, reason=reason, key=key, order_id=order_id)
        self._tell(GIVEN, customer_id, card.key, count, reason)
        times = 0
        while self.on(customer_id, card.key).after >= card.stamps:
            times += 1
            row = self.add(customer_id, card.key, -card.stamps, reason="full", key=f"{key}:full{times}")
            self.full.append((row, card))

    def take(
        self, customer_id: int, card: StampCard, count: int, *, reason: str, key: str, since: int,
        order_id: int | None = None,
    ) -> None:  # fmt: skip
        """Take stamps back that were given in row `since`. Of those that had lapsed meanwhile nothing is left to take.

        Where too few are on the card, its latest reward goes and the card is open again, unless the reward was used:
        then the next stamps are owed.
        """
        self.let_lapse(customer_id, card)
        self.add(customer_id, card.key, -count, reason=reason, key=key, order_id=order_id)
        if self._lapsed_since(customer_id, card.key, since):
            self.add(customer_id, card.key, count, reason="lapsed", key=f"{key}:lapsed")
        self._tell(TAKEN, customer_id, card.key, -count, reason)
        while self.on(customer_id, card.key).after < 0 and self._reopen(customer_id, card.key):
            pass

    def let_lapse(self, customer_id: int, card: StampCard) -> None:
        """Write off what is on the card when its time is over."""
        on = self.on(customer_id, card.key)
        ends = lapses_at(card, on.last_at, self.zone)
        if on.after > 0 and ends is not None and ends <= self.at:
            self.add(customer_id, card.key, -on.after, reason="lapsed", key=f"lapsed:{on.last_id}")

    def add(
        self, customer_id: int, card: str, change: int, *, reason: str, key: str, order_id: int | None = None
    ) -> Stamp:
        """One more row."""
        on = self.on(customer_id, card)
        on.after += change
        if change > 0 and reason in FRESH:
            on.last_at = self.at
        row = Stamp(
            customer_id=customer_id, card=card, change=change, after=on.after, key=key, reason=reason,
            order_id=order_id, actor_kind=self.actor.kind, actor_id=self.actor.id, actor_name=self.actor.name[:200],
            at=self.at,
        )  # fmt: skip
        self.rows.append(row)
        return row

    def write(self) -> list[Redemption]:
        """Add the rows, give the rewards of full cards, tell what happened. The rewards, in their order."""
        self._flush()
        full, self.full = self.full, []
        told, self.told = self.told, []
        record(told, at=self.at)
        return list(self._rewards(full))

    def _flush(self) -> None:
        rows, self.rows = self.rows, []
        insert(rows)
        for row in rows:
            self.on(row.customer_id, row.card).last_id = row.pk

    def _rewards(self, full: list[tuple[Stamp, StampCard]]) -> Iterator[Redemption]:
        for row, card in full:
            reward = redemption.grant(
                row.customer_id, card.reward, origin=f"stamps:{card.key}", key=row.key, at=self.at, actor=self.actor
            )
            data = {"card": card.key, "reward": card.reward, "redemption": reward.pk}
            record([Happened(CARD_FULL, self.at, row.customer_id, reward.pk, data)], at=self.at)
            yield reward

    def _reopen(self, customer_id: int, card: str) -> bool:
        """Cancel the latest unused reward of this card and put its stamps back on. False when there is none."""
        self.write()
        ready = Redemption.objects.filter(
            customer=customer_id, origin=f"stamps:{card}", state=Redemption.State.READY
        ).order_by("-pk")
        reward = ready.first()
        filled = Stamp.objects.filter(key=reward.key).first() if reward else None
        if reward is None or filled is None:
            return False
        key = f"{reward.key}:reopened"
        redemption.cancel(reward.pk, reason="stamps_taken", actor=self.actor, key=key, at=self.at)
        self.add(customer_id, card, -filled.change, reason="reopened", key=key)
        return True

    def _lapsed_since(self, customer_id: int, card: str, since: int) -> bool:
        lapsed = Stamp.objects.filter(customer=customer_id, card=card, reason="lapsed", change__lt=0, pk__gt=since)
        return any(row.reason == "lapsed" and row.card == card for row in self.rows) or lapsed.exists()

    def _tell(self, kind: str, customer_id: int, card: str, change: int, reason: str) -> None:
        data = {"card": card, "change": change, "after": self.on(customer_id, card).after, "reason": reason}
        self.told.append(Happened(kind, self.at, customer_id, data=data))


def card_in_force(key: str, at: datetime) -> StampCard:
    """The card of the programme in force; for one that is gone, one that is never full and never lapses."""
    version = in_force(at)
    found = next((card for card in version.terms.stamps if card.key == key), None) if version else None
    return found or StampCard(key, {}, NEVER, "")


def states_of(customer_ids: Collection[int]) -> dict[tuple[int, str], OnCard]:
    """What these members have on each card they ever had a stamp on. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, [list(FRESH), list(customer_ids)])
        return {(who, card): OnCard(after, last, at) for who, card, after, last, at in cursor.fetchall()}


def lapses_at(card: StampCard, last_at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """When stamps whose last one came then lapse: at the end of that day of the month, so many months later."""
    if card.months is None or last_at is None:
        return None
    day = last_at.astimezone(zone).date()
    years, month = divmod(day.month - 1 + card.months, 12)
    first = date(day.year + years, month + 1, 1)
    longest = ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).day
    last = first.replace(day=min(day.day, longest))
    return datetime.combine(last + timedelta(days=1), time(), zone)
