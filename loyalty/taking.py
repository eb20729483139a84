"""Writing down that a member takes a reward: hold, row, event and alarm in one round trip (sql/redeeming.sql)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple

import orjson
from django.db import IntegrityError, transaction

from customers.events import Happened, is_heard, tell
from loyalty import inactivity, programme, telling
from loyalty.codes import new_code
from loyalty.ledger_calls import command_of, fetch, to_json
from loyalty.ledger_errors import KeyReused, refusal
from loyalty.models import Redemption
from loyalty.reward_rules import Reward
from loyalty.rules import Rules
from loyalty.using import ALARM, journal_key
from staff.actors import Actor
from tenants import alarms

REDEEMED = "reward.redeemed"
NO_MORE: Mapping[str, str] = MappingProxyType({})
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
    answer = _write(row, taking.reward.label, actor=actor)
    if answer.problem:
        raise refusal(answer.problem, key)
    if not answer.is_new:
        return Redemption.objects.select_related("customer").get(key=key), False
    _written(row, answer)
    _follow(row, taking, at, heard=answer.heard)
    return row, True


def take_at_once(
    customer_id: int, taking: Taking, digest: str, *, key: str, at: datetime, actor: Actor
) -> Redemption | None:
    """As take, in a statement that commits itself, by rules from memory. Call outside any transaction.

    None, and nothing is written, where it needs to be looked at in peace: these are not the rules in force (`digest`),
    somebody wants to hear of it, or it was taken under this key before.
    """
    row = _row(customer_id, taking, key, at)
    answer = _write(row, taking.reward.label, actor=actor, more={"rules": digest})
    if answer.problem == "not_at_once" or not (answer.problem or answer.is_new):
        return None
    if answer.problem:
        raise refusal(answer.problem, key)
    _written(row, answer)
    return row


class _Answer(NamedTuple):
    """What loyalty_redeem answers."""

    redemption: int | None
    hold: int | None
    is_new: bool
    problem: str | None
    heard: bool


def _write(row: Redemption, label: str, *, actor: Actor, more: Mapping[str, str] = NO_MORE) -> _Answer:
    held = command_of(
        "hold", customer_id=row.customer_id, points=row.points, actor=actor, key=journal_key("hold", row.key),
        reason=label,
    )  # fmt: skip
    written = {**{name: getattr(row, name) for name in WRITTEN}, "told": _told(row), **more}
    heard = f"(SELECT {telling.heard()} OR {is_heard(REDEEMED)} AS heard OFFSET 0) AS listening"  # asked once
    sql = f"SELECT redemption, hold, is_new, problem, heard FROM {heard}, loyalty_redeem(%s, %s, %s, heard)"  # noqa: S608
    return _Answer(*fetch(sql, [to_json(held), to_json(written), row.created_at]))


def _written(row: Redemption, answer: _Answer) -> None:
    row.pk, row.hold_id, row._state.adding = answer.redemption, answer.hold, False


def _follow(row: Redemption, taking: Taking, at: datetime, *, heard: bool) -> None:
    """What the taking entails."""
    if heard and row.hold_id:
        telling.tell_of_one(row.hold_id, at=at)
    if taking.place.due_at:
        alarms.ring(ALARM, taking.place.due_at)
    if taking.price and taking.rules.expiry_by == "inactivity":
        inactivity.postpone([row.customer_id], at=at)
    if heard:
        tell([Happened(REDEEMED, at, row.customer_id, row.pk, _told(row))], at=at)


def _row(customer_id: int, taking: Taking, key: str, at: datetime) -> Redemption:
    until = valid_until(taking.reward, at)
    return Redemption(
        customer_id=customer_id, reward=taking.reward.key, points=taking.price,
        terms=orjson.loads(orjson.dumps(taking.reward)),  # a fraction of the time of dataclasses.asdict
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
