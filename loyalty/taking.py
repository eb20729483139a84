"""Writing down that a member takes a reward: hold, row, event and alarm in one round trip (sql/redeeming.sql)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction

from customers.events import Happened, tell
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


def take(
    customer_id: int, taking: Taking, *, key: str, at: datetime, actor: Actor, then: Callable[[Redemption], None]
) -> Redemption:
    """Hold the points and issue a code; `then` is called with what is new, in the same transaction.

    The same key again answers the same redemption. Raises NotEnoughPoints, KeyReused.
    """
    row = _row(customer_id, taking, key, at)
    held = command_of(
        "hold", customer_id=customer_id, points=taking.price, actor=actor, key=journal_key("hold", key),
        reason=taking.reward.label,
    )  # fmt: skip
    try:
        with transaction.atomic():
            sql = f"SELECT redemption, hold, is_new, problem, {telling.heard()} FROM loyalty_redeem(%s, %s, %s)"  # noqa: S608
            told = to_json({**_written(row), "told": _told(row)})
            redemption_id, hold, is_new, problem, heard = fetch(sql, [to_json(held), told, at])
            if problem:
                raise refusal(problem, key)
            if not is_new:
                return Redemption.objects.select_related("customer").get(pk=redemption_id)
            row.pk, row.hold_id, row._state.adding = redemption_id, hold, False
            if heard and hold:
                telling.tell_of_one(hold, at=at)
            _follow(row, taking, at)
            then(row)
            return row
    except IntegrityError as error:
        raise _as_reused(error, key) from error


def _follow(row: Redemption, taking: Taking, at: datetime) -> None:
    """What the taking entails."""
    assert row.due_at is not None
    alarms.ring(ALARM, row.due_at)
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


WRITTEN = ("reward", "terms", "value_minor", "currency", "origin", "code", "key", "store", "at_store", "due_at")


def _written(row: Redemption) -> dict[str, object]:
    return {name: getattr(row, name) for name in (*WRITTEN, "valid_until")}


def _told(row: Redemption) -> dict[str, object]:
    return {"reward": row.reward, "points": row.points, "origin": row.origin}


def _as_reused(error: IntegrityError, key: str) -> Exception:
    """Another member's redemption was written under this key at the same moment."""
    diagnosis = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    return KeyReused(key) if "redemption_key" in constraint else error


def value_of(reward: Reward, points: int) -> int:
    """What it is worth in minor units for so many points."""
    return points // reward.points * reward.value_minor if reward.kind == "variable" and points else reward.value_minor


def valid_until(reward: Reward, at: datetime) -> datetime:
    """The last moment of a code taken now: 23:59:59 in the shop's time zone, after `valid_days` days."""
    zone = programme.shop_time_zone()
    last = at.astimezone(zone).date() + timedelta(days=reward.valid_days)
    return datetime.combine(last, time(23, 59, 59), zone)
