"""What customers allowed or withdrew."""

from __future__ import annotations

from datetime import datetime

from api import telling
from api.calling import Answer, Call
from api.operation import invalid, operation
from api.resources.customers import customer_of, present_customer_of
from api.resources.upserting import SOURCE
from customers.consents import current, record_consent
from storefront.connectors.fields import Mistakes


def moment_of(call: Call) -> datetime:
    """The `at` of the body, or now. Raises 422 for a time that does not exist or lies ahead."""
    mistakes = Mistakes(call.at)
    told = mistakes.moment_or_none("/at", call.body.get("at"))
    if mistakes.found:
        raise invalid(mistakes.found)
    return told or call.at


@operation("customers:read", "List a customer's consents", "Customers", answers={200: "Consents"}, refuses=(404,))
def list_consents(call: Call, pk: int) -> Answer:
    """The decision that counts for each channel and purpose: the latest. Never decided means no."""
    decisions = current(customer_of(pk)).values()
    return Answer({"data": [telling.consent(decision) for decision in decisions]})


@operation(
    "customers:write", "Record a consent", "Customers", answers={201: "Consent"}, body="ConsentDecision",
    refuses=(404,),
)  # fmt: skip
def add_consent(call: Call, pk: int) -> Answer:
    """Adds a decision of the customer. Earlier ones stay as evidence; the latest by its own time counts."""
    customer, body = present_customer_of(pk), call.body
    consent = record_consent(
        customer, channel=body["channel"], purpose=body["purpose"], granted=body["granted"], at=moment_of(call),
        source=SOURCE,
        evidence={"key": call.key.prefix, "wording": body.get("wording", ""), "recorded_at": call.at.isoformat()},
    )  # fmt: skip
    return Answer(telling.consent(consent), 201)
