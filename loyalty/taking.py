"""Writing down that a member takes a reward: hold, row, event and alarm in one round trip (sql/redeeming.sql)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction

from customers.events import Happened, tell
from loyalty import inactivity, programme, telling
from loyalty.codes import new_code
from loyalty.ledger_calls import RING, command_of, fetch, to_json
from loyalty.ledger_errors import KeyReused, refusal
from loyalty.models import Redemption
from loyalty.reward_rules import Reward
from loyalty.rules import Rules
from loyalty.using import ALARM, journal_key
from staff.actors import Actor
from tenants import alarms

# What is handed to loyalty_redeem beside the hold.
WRITTEN = (
    "reward", "terms", "value_minor", "currency", "origin", "code", "key", "store", "at_store", "due_at", "valid_until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AtStore:
    """Where a code is to be made, if anywhere."""

    store: str = ""
    state: str = Redemption.AtStore.NONE
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taking:
    """A reward that a member may have, and at which price."""

    rules: Rules
    reward: Reward
    price: int  # points; 0 when it is given
    place: AtStore
    origin: str


@contextmanager
def in_one_piece(key: str) -> Iterator[None]:
    """A transaction for taking under this key. Raises KeyReused when another member takes under it at the moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if "redemption_key" in (getattr(diagnosis, "constraint_name", None) or ""):
            raise KeyReused(key) from error
        raise


def take(customer_id: int, taking: Taking, *, key: str, at: datetime, actor: Actor) -> tuple[Redemption, bool]:
    """Hold the points and issue a code; whether it is new. Call within in_one_piece(key).

    The same key again answers the same redemption. Raises NotEnoughPoints, KeyReused.
    """
    row = _row(customer_id, taking, key, at)
    held = command_of(
        "hold", customer_id=customer_id, points=taking.price, actor=actor, key=journal_key("hold", key),
        reason=taking.reward.label,
    )  # fmt: skip
    written = to_json({**{name: getattr(row, name) for name in WRITTEN}, "told": _told(row)})
    # Nobody need be sent to what is due in months: that alarm is set in the same round trip.
    ring, due = ("NULL", []) if taking.place.due_at else (RING, [ALARM, row.due_at])
    sql = f"SELECT redemption, hold, is_new, problem, {telling.heard()}, {ring} FROM loyalty_redeem(%s, %s, %s)"  # noqa: S608
    redemption_id, hold, is_new, problem, heard, _rung = fetch(sql, [*due, to_json(held), written, at])
    if problem:
        raise refusal(problem, key)
    if not is_new:
        return Redemption.objects.select_related("customer").get(pk=redemption_id), False
    row.pk, row.hold_id, row._state.adding = redemption_id, hold, False
    if heard and hold:
        telling.tell_of_one(hold, at=at)
    _follow(row, taking, at)
    return row, True


def _follow(row: Redemption, taking: Taking, at: datetime) -> None:
    """What the taking entails."""
    if taking.place.due_at:
        alarms.ring(ALARM, taking.place.due_at)
    if taking.price and taking.rules.expiry_by == "inactivity":
        inactivity.postpone([row.customer_id], at=at)
    tell([Happened("reward.redeemed", at, row.customer_id, row.pk, _told(row))], at=at)


def _row(customer_id: int, taking: Taking, key: str, at: datetime) -> Redemption:
    until = valid_until(taking.reward, at)
    return Redemption(
        customer_id=customer_id, reward=taking.reward.key, terms=asdict(taking.reward), points=taking.price,
        value_minor=value_of(taking.reward, taking.price), currency=taking.rules.currency, origin=taking.origin,
        code=new_code(), key=key, store=taking.place.store, at_store=taking.place.state,
        due_at=taking.place.due_at or until, created_at=at, valid_until=until,
    )  # fmt: skip


def _told(row: Redemption) -> dict[str, object]:
    return {"reward": row.reward, "points": row.points, "origin": row.origin}


def value_of(reward: Reward, points: int) -> int:
    """What it is worth in minor units for so many points."""
    return points // reward.points * reward.value_minor if reward.kind == "variable" and points else reward.value_minor


def valid_until(reward: Reward, at: datetime) -> datetime:
    """The last moment of a code taken now: 23:59:59 in the shop's time zone, after `valid_days` days."""
    zone = programme.shop_time_zone()
    last = at.astimezone(zone).date() + timedelta(days=reward.valid_days)
    return datetime.combine(last, time(23, 59, 59), zone)
