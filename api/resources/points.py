"""A member's points: balance, history, lots; giving, taking, earning."""

from __future__ import annotations

from hashlib import sha256

from api import paging, telling
from api.calling import Answer, Call
from api.operation import invalid, operation
from api.resources.consents import moment_of
from api.resources.customers import customer_of, present_customer_of
from config.problems import Refused
from loyalty import ledger, tiers
from loyalty.history import history
from loyalty.models import ProgrammeVersion
from loyalty.programme import expiry_of_points_given, in_force
from loyalty.standing import lots, standing

LATEST = 9_223_372_036_854_775_807


@operation("points:read", "Get a balance", "Points", answers={200: "Balance"}, refuses=(404,))
def get_balance(call: Call, pk: int) -> Answer:
    """How a member stands, what comes and goes next, and the way to the next reward."""
    customer, version = customer_of(pk), in_force(call.at)
    currency = version.terms.currency if version else call.merchant.currency
    return Answer(telling.balance(standing(customer.pk, at=call.at), currency))


@operation(
    "points:read", "List a history of points", "Points", answers={200: "Journals"}, query=paging.QUERY, refuses=(404,)
)
def list_history(call: Call, pk: int) -> Answer:
    """Every movement of a member's points with its reason and its sum, newest first."""
    limit = call.query.get("limit", paging.DEFAULT)
    lines = history(customer_of(pk).pk, before=paging.place(call), limit=limit + 1)
    shown = lines[:limit]
    return paging.answer(telling.journals(shown), shown[-1].journal_id if len(lines) > limit else None)


@operation("points:read", "List lots", "Points", answers={200: "Lots"}, refuses=(404,))
def list_lots(call: Call, pk: int) -> Answer:
    """Points by when they expire, first to expire first; those that are used up are left out."""
    return Answer({"data": [telling.lot(line) for line in lots(customer_of(pk).pk)]})


@operation("points:write", "Give or take points", "Points", answers={201: "Journal"}, body="Adjustment", refuses=(404,))
def adjust_points(call: Call, pk: int) -> Answer:
    """By hand, with a reason that the member reads. Points given expire as the programme says.

    409 `not_enough_points` when more are to be taken than can be used.
    """
    customer = present_customer_of(pk)
    key = sha256(f"{call.key.pk} {call.idempotency_key}".encode()).hexdigest()
    try:
        journal = ledger.adjust(
            customer.pk, int(call.body["points"]), reason=_reason(call), key=f"api:{key}", actor=call.actor, at=call.at
        )
    except ledger.NotEnoughPoints as error:
        raise Refused(409, "not_enough_points", "The member has not that many points to use.") from error
    except ledger.KeyReused as error:
        raise Refused(422, "idempotency_key_reused", "This Idempotency-Key gave or took other points.") from error
    return Answer(_posted(customer.pk, journal.pk), 201)


@operation(
    "points:write", "Let points be earned", "Points", answers={200: "Journal", 201: "Journal"}, body="Earning",
    refuses=(404,),
)  # fmt: skip
def earn_points(call: Call, pk: int) -> Answer:
    """For something other than an order, such as a review. Each `event_id` earns once, for ever.

    The same event again answers what was done the first time (200); other points under its id are refused (409).
    """
    customer, body, at = present_customer_of(pk), call.body, moment_of(call)
    earning = ledger.Earn(
        customer_id=customer.pk, points=int(body["points"]), key=f"event:{body['event_id']}", effective_at=at,
        expires_at=expiry_of_points_given(call.at), reason=_reason(call), version_id=_version(call),
        arithmetic={"kind": "event", "event": body["event_id"]},
    )  # fmt: skip
    try:
        [posted] = ledger.earn([earning], actor=call.actor, at=call.at)
        tiers.review_points([customer.pk], at=call.at)
    except ledger.KeyReused as error:
        raise Refused(
            409, "event_id_reused", "This event has earned other points, or for another customer.",
            errors=[("/event_id", "was used before")],
        ) from error  # fmt: skip
    return Answer(_posted(customer.pk, posted.journal_id), 201 if posted.is_new else 200)


def _reason(call: Call) -> str:
    reason = str(call.body["reason"]).strip()
    if not reason.isprintable() or not reason:
        raise invalid([("/reason", "must be words in one line")])
    return reason


def _version(call: Call) -> int | None:
    version: ProgrammeVersion | None = in_force(call.at)
    return version.pk if version else None


def _posted(customer_id: int, journal_id: int) -> telling.Told:
    """The journal as the member's history has it."""
    [line] = history(customer_id, before=min(journal_id + 1, LATEST), limit=1)
    return telling.journal(line)
