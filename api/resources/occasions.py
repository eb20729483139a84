"""Occasions: what happened that is no order; the programme's rules say what it earns."""

from __future__ import annotations

from api.calling import Answer, Call
from api.operation import operation
from api.resources.customers import present_customer_of
from config.problems import Refused
from loyalty import ledger, occasions
from loyalty.models import Lot


@operation("points:write", "Tell of an occasion", "Points", answers={200: "Posted"}, body="Occasion", refuses=(404,))
def tell_occasion(call: Call, pk: int) -> Answer:
    """A review, an answered survey, or an event of your own. It earns what the rules in force give, once for ever.

    The same `event_id` again answers what was done the first time; 409 when it was another member's.
    """
    customer, body = present_customer_of(pk), call.body
    try:
        posted = occasions.happen(
            customer.pk, body["kind"], key=body["event_id"], event=body.get("event", ""),
            subject=body.get("subject", ""), at=call.at, actor=call.actor,
        )  # fmt: skip
    except ledger.KeyReused as error:
        raise Refused(
            409, "event_id_reused", "This happened to another customer.", errors=[("/event_id", "was used before")]
        ) from error
    points = Lot.objects.filter(journal__in=[one.journal_id for one in posted]).values_list("points", flat=True)
    return Answer({"points": sum(points), "is_new": any(one.is_new for one in posted)})
