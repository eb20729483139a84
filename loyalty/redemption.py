"""Taking a reward: points are held, a code is issued. What becomes of it is in using.py; see docs/redemption.md."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Literal, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from config.formatting import count
from customers import coupons
from customers.events import Happened, record
from loyalty import ledger, programme
from loyalty.codes import new_code, read_code
from loyalty.having import BY_POINTS, refusal, taken
from loyalty.models import Balance, Redemption
from loyalty.reward_rules import Reward
from loyalty.rules import Rules
from loyalty.using import ALARM, CannotUse, cancel, give_back, journal_key, lapse, unuse, use, write_trail
from staff.actors import Actor
from tenants import alarms

__all__ = [
    "CannotRedeem", "CannotUse", "Where", "by_code", "cancel", "give_back", "grant", "lapse", "of_member", "redeem",
    "unuse", "use",
]  # fmt: skip

Where = Literal["store", "till"]
HANDED_OVER = ("gift_card", "store_credit", "manual")  # no checkout takes a code for these
MOST = 200  # redemptions of a member that are listed
TURN = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/reward/' || %s, 0))"


class CannotRedeem(Exception):
    """The reward can't be had. `code`: unknown_reward, inactive, given_only, not_yet, over, sold_out, limit, tier,
    step, where; the message is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _AtStore(NamedTuple):
    """Where a code is to be made, if anywhere."""

    store: str
    state: str
    due_at: datetime | None


def redeem(
    customer_id: int, reward_key: str, *, points: int | None = None, origin: str = BY_POINTS, store: str = "",
    where: Where = "store", key: str, at: datetime, actor: Actor,
) -> Redemption:  # fmt: skip
    """Take a reward for points, which are held, with a code. `points` only where the reward is variable.

    `store` is the public id of the storefront whose checkout shall take the code; empty: the oldest that can. Where
    none can, the code is for the till and for programs that report orders with it. An `origin` other than "points"
    begins with it. Raises CannotRedeem, ledger.NotEnoughPoints, ledger.KeyReused; the same key again answers the same.
    """
    try:
        with transaction.atomic():
            ledger.lock([customer_id])
            if earlier := _earlier(key, customer_id, reward_key):
                return earlier
            rules, reward = _reward(reward_key, at)
            _refuse(reward, rules, customer_id, where, at)
            place = _place(reward, where, store, at)
            price = _price(reward, points)
            return _take(customer_id, reward, rules.currency, price, place, origin=origin, key=key, at=at, actor=actor)
    except IntegrityError as error:
        raise _as_reused(error, key) from error


def grant(
    customer_id: int, reward_key: str, *, origin: str, key: str, at: datetime, actor: Actor, reason: str = ""
) -> Redemption:
    """Give a reward without points: a full stamp card, a tier, a birthday, staff. Stock, limits, tiers and times do not
    refuse it, for it was earned. Raises CannotRedeem("unknown_reward"), ledger.KeyReused.
    """
    try:
        with transaction.atomic():
            if earlier := _earlier(key, customer_id, reward_key):
                return earlier
            rules, reward = _reward(reward_key, at)
            place = _place(reward, "store" if "store" in reward.where else "till", "", at)
            given = _take(customer_id, reward, rules.currency, 0, place, origin=origin, key=key, at=at, actor=actor)
            write_trail("reward.granted", given, actor, at, reason=reason)
            return given
    except IntegrityError as error:
        raise _as_reused(error, key) from error


def by_code(text: str) -> Redemption | None:
    """The redemption of a code that somebody shows, however typed; with its customer."""
    code = read_code(text)
    return Redemption.objects.select_related("customer").filter(code=code).first() if code else None


def of_member(customer_id: int, *, states: Collection[str] | None = None) -> list[Redemption]:
    """The member's redemptions, newest first; at most 200."""
    found = Redemption.objects.filter(customer=customer_id)
    if states is not None:
        found = found.filter(state__in=states)
    return list(found.select_related("order").order_by("-id")[:MOST])


def _earlier(key: str, customer_id: int, reward_key: str) -> Redemption | None:
    """What was taken under this key. Raises KeyReused when that was something else."""
    earlier = Redemption.objects.select_related("customer").filter(key=key).first()
    if earlier and (earlier.reward, earlier.customer_id) != (reward_key, customer_id):
        raise ledger.KeyReused(key)
    return earlier


def _as_reused(error: IntegrityError, key: str) -> Exception:
    """Somebody else's redemption was written under this key at the same moment."""
    diagnosis = getattr(error.__cause__, "diag", None)
    taken_key = "redemption_key" in (getattr(diagnosis, "constraint_name", None) or "")
    return ledger.KeyReused(key) if taken_key else error


def _reward(reward_key: str, at: datetime) -> tuple[Rules, Reward]:
    version = programme.in_force(at)
    found = next((r for r in version.terms.rewards if r.key == reward_key), None) if version else None
    if version is None or found is None:
        raise CannotRedeem("unknown_reward", _("There is no such reward any more."))
    return version.terms, found


def _refuse(reward: Reward, rules: Rules, customer_id: int, where: Where, at: datetime) -> None:
    """Raise CannotRedeem when this member can't have it. Holds the reward's turn where its stock is counted."""
    if reward.stock is not None:
        with connection.cursor() as cursor:
            cursor.execute(TURN, [reward.key])
    tier = Balance.objects.values_list("tier", flat=True).get(pk=customer_id) if reward.tiers else ""
    counted = taken([reward], customer_id)
    refused = refusal(reward, at=at, where=where, tier=tier, tiers=rules.tiers, taken=counted)
    if refused:
        raise CannotRedeem(refused.code, refused.why)


def _price(reward: Reward, points: int | None) -> int:
    """The points that it costs. Raises CannotRedeem("step") for a number that it can't cost."""
    if reward.kind != "variable":
        if points not in (None, reward.points):
            raise CannotRedeem("step", _("This reward costs %(points)s P.") % {"points": count(reward.points)})
        return reward.points
    least = max(reward.least_points, reward.points)
    most = reward.most_points
    if points is None or points % reward.points or points < least or (most is not None and points > most):
        raise CannotRedeem(
            "step",
            _("Choose a number of points in steps of %(step)s, at least %(least)s.")
            % {"step": count(reward.points), "least": count(least)},
        )
    return points


def value_of(reward: Reward, points: int) -> int:
    """What it is worth in minor units for so many points."""
    return points // reward.points * reward.value_minor if reward.kind == "variable" and points else reward.value_minor


def _place(reward: Reward, where: Where, store: str, at: datetime) -> _AtStore:
    """Where its code is to be made. Raises CannotRedeem("where") for a storefront that makes none."""
    if where == "till" or reward.kind in HANDED_OVER:
        return _AtStore("", Redemption.AtStore.NONE, None)
    able = [place.public_id for place in coupons.places()]
    if store and store not in able:
        raise CannotRedeem("where", _("This shop can't take a code."))
    if not able:
        return _AtStore("", Redemption.AtStore.NONE, None)
    return _AtStore(store or able[0], Redemption.AtStore.WANTED, at)


def _take(
    customer_id: int, reward: Reward, currency: str, price: int, place: _AtStore, *, origin: str, key: str,
    at: datetime, actor: Actor,
) -> Redemption:  # fmt: skip
    """Hold the points, write the redemption, tell it, ring. Call inside a transaction."""
    hold = None
    if price:
        named = journal_key("hold", key)
        hold = ledger.hold(customer_id, price, reason=reward.label, actor=actor, key=named, at=at)
    until = valid_until(reward, at)
    taken = Redemption.objects.create(
        customer_id=customer_id, reward=reward.key, terms=asdict(reward), points=price,
        value_minor=value_of(reward, price), currency=currency, origin=origin, hold=hold, code=new_code(), key=key,
        store=place.store, at_store=place.state, due_at=place.due_at or until, created_at=at, valid_until=until,
    )  # fmt: skip
    told = {"reward": reward.key, "points": price, "origin": origin}
    record([Happened("reward.redeemed", at, customer_id, taken.pk, told)], at=at)
    alarms.ring(ALARM, taken.due_at)
    return taken


def valid_until(reward: Reward, at: datetime) -> datetime:
    """The last moment of a code taken now: 23:59:59 in the shop's time zone, after `valid_days` days."""
    zone = programme.shop_time_zone()
    last = at.astimezone(zone).date() + timedelta(days=reward.valid_days)
    return datetime.combine(last, time(23, 59, 59), zone)
