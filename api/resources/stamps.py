"""A member's stamp cards; giving stamps and taking them back."""

from __future__ import annotations

from hashlib import sha256

from api import telling
from api.calling import Answer, Call
from api.operation import operation
from api.resources.customers import customer_of, present_customer_of
from config.problems import Refused
from loyalty import stamps
from loyalty.ledger import KeyReused
from loyalty.stamps import CannotStamp, CardStanding, Stamped


@operation("points:read", "List stamp cards", "Stamps", answers={200: "StampCards"}, refuses=(404,))
def list_stamps(call: Call, pk: int) -> Answer:
    """All cards of the programme with the member's stamps, in the programme's order."""
    return Answer({"data": [_card(has) for has in stamps.cards(customer_of(pk).pk, at=call.at)]})


@operation("points:write", "Give stamps", "Stamps", answers={201: "StampsGiven"}, body="Stamps", refuses=(404,))
def give_stamps(call: Call, pk: int) -> Answer:
    """For a visit. A full card becomes its reward at once. Stamps of orders come by themselves.

    409 `cannot_stamp` for a card that is not there, or takes no more today.
    """
    customer, body = present_customer_of(pk), call.body
    key = f"api:{sha256(f'{call.key.pk} {call.idempotency_key}'.encode()).hexdigest()}"
    try:
        done = stamps.stamp(customer.pk, body["card"], int(body.get("count", 1)), key=key, at=call.at, actor=call.actor)
    except CannotStamp as refused:
        raise Refused(409, "cannot_stamp", refused.message) from refused
    except KeyReused as error:
        raise Refused(422, "idempotency_key_reused", "This Idempotency-Key gave other stamps.") from error
    return Answer(_given(done), 201)


def _card(has: CardStanding) -> telling.Told:
    return {
        "card": has.card.key,
        "name": has.card.name,
        "stamps": has.stamps,
        "needed": has.needed,
        "owed": has.owed,
        "full_times": has.full_times,
        "reward": has.card.reward,
        "last_at": telling.moment(has.last_at),
        "lapses_at": telling.moment(has.lapses_at),
    }


def _given(done: Stamped) -> telling.Told:
    rewards = [
        {
            "id": reward.pk,
            "reward": reward.reward,
            "code": reward.code,
            "valid_until": telling.moment(reward.valid_until),
        }
        for reward in done.rewards
    ]
    return {"stamps": max(done.after, 0), "owed": max(-done.after, 0), "rewards": rewards}
