"""Taking a reward: points are held, a code is issued. What becomes of it is in using.py; see docs/redemption.md."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from config.formatting import count
from customers import coupons
from loyalty import ledger
from loyalty.at_stores import HANDED_OVER, makers
from loyalty.codes import read_code
from loyalty.having import BY_POINTS, Taken, refusal, taken
from loyalty.models import Balance, Redemption
from loyalty.reward_rules import Reward
from loyalty.rules import Rules
from loyalty.taking import AtStore, Taking, in_one_piece, take, take_at_once
from loyalty.terms_in_force import terms_in_force, terms_last_seen
from loyalty.using import CannotUse, cancel, give_back, lapse, unuse, use, write_trail
from staff.actors import Actor

__all__ = [
    "CannotRedeem", "CannotUse", "Where", "by_code", "cancel", "give_back", "grant", "lapse", "of_member", "redeem",
    "unuse", "use",
]  # fmt: skip

Where = Literal["store", "till"]
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


def redeem(
    customer_id: int, reward_key: str, *, points: int | None = None, origin: str = BY_POINTS, store: str = "",
    where: Where = "store", key: str, at: datetime, actor: Actor,
) -> Redemption:  # fmt: skip
    """Take a reward for points, which are held, with a code. `points` only where the reward is variable.

    `store` is the public id of the storefront whose checkout shall take the code; empty: the oldest that can. Where
    none can, the code is for the till and for programs that report orders with it. An `origin` other than "points"
    begins with it. Raises CannotRedeem, ledger.NotEnoughPoints, ledger.KeyReused; the same key again answers the same.
    """
    if at_once := _at_once(customer_id, reward_key, points, origin, where, key=key, at=at, actor=actor):
        return at_once
    with in_one_piece(key):
        try:
            rules, reward = _reward(reward_key, at)
            _refuse(reward, rules, customer_id, where, at)
            place, price = _place(reward, where, store, at), _price(reward, points)
        except CannotRedeem:
            if earlier := _earlier(key, customer_id, reward_key):
                return earlier  # it could be had then
            raise
        return take(customer_id, Taking(rules, reward, price, place, origin), key=key, at=at, actor=actor)[0]


def _at_once(
    customer_id: int, reward_key: str, points: int | None, origin: str, where: Where, *, key: str, at: datetime,
    actor: Actor,
) -> Redemption | None:  # fmt: skip
    """The usual case in one round trip: nothing is counted, no store is asked. None: it is to be taken step by step."""
    seen = None if connection.in_atomic_block else terms_last_seen()
    reward = next((r for r in seen[1].rewards if r.key == reward_key), None) if seen else None
    if seen is None or reward is None or not _is_plain(reward, where) or seen[1].expiry_by == "inactivity":
        return None
    digest, rules = seen
    try:
        if refusal(reward, at=at, where=where, tier="", tiers=rules.tiers, taken=Taken()):
            return None
        taking = Taking(rules, reward, _price(reward, points), AtStore(), origin)
        return take_at_once(customer_id, taking, digest, key=key, at=at, actor=actor)
    except (CannotRedeem, IntegrityError):
        return None  # said step by step


def _is_plain(reward: Reward, where: Where) -> bool:
    counts = reward.stock is not None or reward.per_member is not None or reward.tiers
    return not counts and (where == "till" or reward.kind in HANDED_OVER)


def grant(
    customer_id: int, reward_key: str, *, origin: str, key: str, at: datetime, actor: Actor, reason: str = ""
) -> Redemption:
    """Give a reward without points: a full stamp card, a tier, a birthday, staff. Stock, limits, tiers and times do not
    refuse it, for it was earned. Raises CannotRedeem("unknown_reward"), ledger.KeyReused.
    """
    with in_one_piece(key):
        if earlier := _earlier(key, customer_id, reward_key):
            return earlier
        rules, reward = _reward(reward_key, at)
        place = _place_of_gift(reward, at)
        given, is_new = take(customer_id, Taking(rules, reward, 0, place, origin), key=key, at=at, actor=actor)
        if is_new:
            write_trail("reward.granted", given, actor, at, reason=reason)
        return given


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


def _reward(reward_key: str, at: datetime) -> tuple[Rules, Reward]:
    rules = terms_in_force(at)
    found = next((r for r in rules.rewards if r.key == reward_key), None) if rules else None
    if rules is None or found is None:
        raise CannotRedeem("unknown_reward", _("There is no such reward any more."))
    return rules, found


def _refuse(reward: Reward, rules: Rules, customer_id: int, where: Where, at: datetime) -> None:
    """Raise CannotRedeem when this member can't have it.

    Where it is counted how many there are, or were had, the member's balance is locked first and the reward's turn
    after it: nobody else takes the last one meanwhile. Whoever holds a turn locks nothing more.
    """
    if reward.stock is not None or reward.per_member is not None:
        ledger.lock([customer_id])
    if reward.stock is not None:
        with connection.cursor() as cursor:
            cursor.execute(TURN, [reward.key])
    known = Balance.objects.filter(pk=customer_id).values_list("tier", flat=True).first() if reward.tiers else ""
    counted = taken([reward], customer_id)
    refused = refusal(reward, at=at, where=where, tier=known or "", tiers=rules.tiers, taken=counted)
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


def _place(reward: Reward, where: Where, store: str, at: datetime) -> AtStore:
    """Where its code is to be made. Raises CannotRedeem("where") for a storefront that makes none."""
    if where == "till" or reward.kind in HANDED_OVER:
        return AtStore()
    places = coupons.places()
    able = [place.public_id for place in makers(reward, places)]
    if (store or places) and (store not in able if store else not able):
        raise CannotRedeem("where", _("This shop can't take a code."))
    return AtStore(store or able[0], Redemption.AtStore.WANTED, at) if able else AtStore()


def _place_of_gift(reward: Reward, at: datetime) -> AtStore:
    """As _place. A gift is never refused: where no storefront can make its code it is for the till, or for a person."""
    if "store" not in reward.where:
        return AtStore()
    try:
        return _place(reward, "store", "", at)
    except CannotRedeem:
        first = coupons.places()[0].public_id
        return AtStore() if "till" in reward.where else AtStore(first, Redemption.AtStore.WANTED, at)
