"""Rewards: what there is, what a member can have, taking one, and what becomes of its code."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from django.http import Http404

from api import paging, telling
from api.calling import Answer, Call
from api.json_schema import text
from api.operation import invalid, operation
from api.resources.customers import customer_of, present_customer_of
from api.resources.upserting import SOURCE
from api.reward_shapes import STATES
from config.problems import Refused
from customers.models import Order
from loyalty import ledger, redemption
from loyalty.models import Redemption
from loyalty.offers import Offer, offers
from loyalty.programme import in_force
from loyalty.reward_rules import Reward
from loyalty.rules import Rules

READ, WRITE, TAG = "rewards:read", "rewards:write", "Rewards"
CODE = {"code": text("The code, however typed.", minLength=1, maxLength=40)}
FILTERS = {"state": {"type": "string", "enum": STATES}}


@operation(READ, "List rewards", TAG, answers={200: "Rewards"})
def list_rewards(call: Call) -> Answer:
    """Those of the programme in force, also what is only given or switched off."""
    version = in_force(call.at)
    rules = version.terms if version else None
    return Answer({"data": [_reward(some, rules.currency) for some in rules.rewards] if rules else []})


@operation(READ, "List what a member can have", TAG, answers={200: "Offers"}, refuses=(404,))
def list_offers(call: Call, pk: int) -> Answer:
    """Every reward as it stands for the member: first what can be had now, then what is nearest."""
    customer, rules = customer_of(pk), _rules(call)
    found = offers(customer.pk, at=call.at)
    return Answer({"data": [_offer(offer, rules.currency) for offer in found] if rules else []})


@operation(
    READ, "List redemptions", TAG, answers={200: "Redemptions"}, query={**FILTERS, **paging.QUERY}, refuses=(404,)
)
def list_redemptions(call: Call, pk: int) -> Answer:
    """The rewards that a member has taken, newest first."""
    rows = Redemption.objects.filter(customer=customer_of(pk).pk).select_related("order")
    if "state" in call.query:
        rows = rows.filter(state=call.query["state"])
    return paging.page_of(rows, call, lambda found: [_told(row) for row in found])


@operation(WRITE, "Take a reward", TAG, answers={201: "Redemption"}, body="RedemptionSent", refuses=(404, 409))
def take_reward(call: Call, pk: int) -> Answer:
    """Set the member's points aside and get a code for the till or the checkout.

    You vouch that it is the member who asks. 409 `not_enough_points`, or why the reward can't be had: `unknown_reward`,
    `inactive`, `given_only`, `not_yet`, `over`, `sold_out`, `limit`, `tier`, `step`, `where`.
    """
    customer, body = present_customer_of(pk), call.body
    try:
        taken = redemption.redeem(
            customer.pk, body["reward"], points=body.get("points"), store=body.get("store", ""),
            where=body.get("where", "store"), key=_key(call, "take"), at=call.at, actor=call.actor,
        )  # fmt: skip
    except redemption.CannotRedeem as error:
        raise Refused(409, error.code, error.message) from error
    except ledger.NotEnoughPoints as error:
        raise Refused(409, "not_enough_points", "The member has not that many points to use.") from error
    except ledger.KeyReused as error:
        raise Refused(422, "idempotency_key_reused", "This Idempotency-Key took something else.") from error
    return Answer(_told(taken), 201)


@operation(READ, "Get a redemption", TAG, answers={200: "Redemption"}, path=CODE, refuses=(404,))
def get_redemption(call: Call, code: str) -> Answer:
    """By its code, in any case, with or without dashes."""
    return Answer(_told(_of(code)))


@operation(WRITE, "Use a redemption", TAG, answers={200: "Redemption"}, body="Use", path=CODE, refuses=(404, 409))
def use_redemption(call: Call, code: str) -> Answer:
    """The code was taken in: its points are gone. An order that names it in `discount_codes` does the same by itself.

    409 `used`, `cancelled`, `lapsed` or `returned` when it can't be used any more.
    """
    found, body = _of(code), call.body
    order = _order(body["order_id"]) if "order_id" in body else None
    return _settled(
        lambda: redemption.use(
            found.pk, key=_key(call, "use"), at=call.at, actor=call.actor, order_id=order.pk if order else None,
            used_by=body.get("used_by", ""),
        )
    )  # fmt: skip


@operation(
    WRITE, "Cancel a redemption", TAG, answers={200: "Redemption"}, body="Cancellation", path=CODE, refuses=(404, 409)
)
def cancel_redemption(call: Call, code: str) -> Answer:
    """It was not used and will not be: its points return at once. 409 when it was used or is over already."""
    found = _of(code)
    return _settled(
        lambda: redemption.cancel(
            found.pk, reason=call.body["reason"].strip() or "-", key=_key(call, "cancel"), at=call.at, actor=call.actor
        )
    )


def _settled(act: Callable[[], Redemption]) -> Answer:
    try:
        return Answer(_told(act()))
    except redemption.CannotUse as error:
        raise Refused(409, error.code, error.message) from error


def _key(call: Call, what: str) -> str:
    """The Idempotency-Key as the domain's own key: of this API key only."""
    return f"api:{what}:" + sha256(f"{call.key.pk} {call.idempotency_key}".encode()).hexdigest()


def _of(code: str) -> Redemption:
    found = redemption.by_code(code)
    if found is None:
        raise Http404
    return found


def _order(external_id: str) -> Order:
    found = Order.objects.filter(source=SOURCE, external_id=external_id).first()
    if found is None:
        raise invalid([("/order_id", "names no order that came through this API")])
    return found


def _rules(call: Call) -> Rules | None:
    version = in_force(call.at)
    return version.terms if version else None


def _reward(some: Reward, currency: str) -> telling.Told:
    return telling.reward(some, currency)


def _offer(offer: Offer, currency: str) -> telling.Told:
    return {
        "reward": _reward(offer.reward, currency),
        "state": offer.state,
        "missing": offer.missing,
        "why": offer.why,
        "most_points": offer.most_points,
    }


def _told(row: Redemption) -> telling.Told:
    return {
        "code": row.code,
        "reward": row.reward,
        "name": row.terms["name"],
        "customer_id": row.customer_id,
        "points": row.points,
        "value": telling.money(row.value_minor, row.currency),
        "currency": row.currency,
        "state": str(row.state),
        "origin": row.origin,
        "order": row.order.number if row.order else None,
        "store": row.store or None,
        "at_store": str(row.at_store),
        "created_at": telling.moment(row.created_at),
        "valid_until": telling.moment(row.valid_until),
        "settled_at": telling.moment(row.settled_at),
    }
