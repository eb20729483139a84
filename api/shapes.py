"""The shapes of bodies, as JSON Schema: what operations check, and what the OpenAPI document publishes."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from api import regular_shapes, reward_shapes
from api.json_schema import Schema, asked, list_of, or_null, page_of, ref, text, told, whole, yes_or_no
from customers.models import Order
from loyalty.models import Journal
from storefront.documents import schema_of
from webhooks.models import Message
from webhooks.types import TYPES

MOST_POINTS = 999_999_999
CHANNELS = ["email", "sms", "kakao", "push"]
PURPOSES = ["advertising", "night_advertising", "third_party"]


MOMENT = {"type": "string", "format": "date-time", "description": "In UTC."}
DAY = {"type": "string", "format": "date"}
MONEY = text('An amount in the currency\'s usual unit, such as "12.50" for pounds or "12000" for won.')
SENT_MOMENT, SENT_DAY = schema_of("customer")["$defs"]["moment"], schema_of("customer")["$defs"]["day"]
LANGUAGE = text(
    "Language the customer reads.", title='a language tag, such as "ko"', maxLength=20,
    pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
)  # fmt: skip
# Ids of the sender's own, in an address: no slash, no control character, and no leading full stop.
ID_IN_ADDRESS = text(
    "Your own id.", title="an id without slash", minLength=1, maxLength=100,
    pattern="^[^./\\u0000-\\u001f\\u007f-\\u009f][^/\\u0000-\\u001f\\u007f-\\u009f]*$",
)  # fmt: skip

CUSTOMER = told(
    "A shopper of this shop.",
    id=whole("Our id of the customer."),
    name=text(),
    email=text("As last stated; empty when not known."),
    email_verified=yes_or_no("The customer has shown to control the address."),
    phone=text("In E.164, such as +821012345678; empty when not known."),
    phone_verified=yes_or_no(),
    language=text(),
    birthday=or_null(DAY),
    card_code=text("What the membership card shows."),
    joined_at=or_null({**MOMENT, "description": "When they became a member; null for who is none."}),
    created_at=MOMENT,
    accounts=list_of(
        told(
            "An account at a storefront.",
            source=text("`api` for what came through this API, else the storefront's id (st_…)."),
            id=text("The account's id there."),
        )
    ),
)
CONSENT = told(
    "A decision of the customer; the latest for each channel and purpose counts.",
    channel=text(), purpose=text(), granted=yes_or_no(), at=MOMENT, source=text("Where it was made."),
)  # fmt: skip
CONSENT_SENT = asked(
    "A decision of the customer. It is added to the earlier ones, which stay as evidence.",
    ("channel", "purpose", "granted"),
    channel={"enum": CHANNELS, "description": "How the shop may write."},
    purpose={"enum": PURPOSES, "description": "What for."},
    granted=yes_or_no("true: allowed; false: withdrawn."),
    at={**SENT_MOMENT, "description": "When the customer decided. Default: now."},
    wording=text("What they agreed to, as it was shown.", maxLength=2000),
)
CUSTOMER_PATCH = asked(
    "What is to be changed; the rest stays. An empty text or null clears.",
    name=text("Full name.", maxLength=100),
    email=text("E-mail address.", maxLength=254),
    phone=text("Phone number, international or as dialled in the shop's country.", maxLength=40),
    language=LANGUAGE,
    birthday={**SENT_DAY, "type": ["string", "null"]},
)

POINTS_DUE = told("Points that move at one moment.", points=whole(), at=MOMENT)
BALANCE = told(
    "How a member stands.",
    available=whole("Points that can be used."),
    pending=whole("Earned, but not usable yet."),
    held=whole("Set aside for a reward."),
    debt=whole("Owed after a refund; the next points pay it."),
    earned=whole("All points ever earned, less those taken back."),
    next_expiry={"anyOf": [ref("PointsDue"), {"type": "null"}]},
    next_maturity={"anyOf": [ref("PointsDue"), {"type": "null"}]},
    next_reward={"anyOf": [ref("Reward"), {"type": "null"}], "description": "The cheapest that is out of reach."},
    missing=whole("Points still needed for it."),
)
JOURNAL = told(
    "One movement of a member's points.",
    id=whole(),
    kind={"enum": [str(kind) for kind in Journal.Kind]},
    points=whole("The change of what the member has: available and pending, less what is owed."),
    changes={
        "type": "object", "additionalProperties": {"type": "integer"},
        "description": "By account: available, pending, held, debt (negative: owed).",
    },
    balance_after=whole("Available points, less what is owed."),
    pending_after=whole(),
    reason=text("Why, in words."),
    explanation=text("The sum behind it, in one sentence; empty when there is none."),
    arithmetic={"type": "object", "description": "The same for programs; money in minor units."},
    order=or_null(text("The order's number.")),
    actor=text("Who did it."),
    at={**MOMENT, "description": "When it happened, in UTC."},
    recorded_at=MOMENT,
    matures_at=or_null(MOMENT),
    expires_at=or_null(MOMENT),
)  # fmt: skip
LOT = told(
    "Points that came together and will expire together.",
    id=whole(),
    state={"enum": ["pending", "active"]},
    points=whole("As many as came."),
    remaining=whole("As many as are left."),
    matures_at=or_null(MOMENT),
    expires_at=or_null(MOMENT),
    order=or_null(text("The order's number.")),
    at=MOMENT,
)
SIGNED_POINTS = {
    "description": "Positive gives, negative takes.",
    "anyOf": [
        whole(minimum=1, maximum=MOST_POINTS),
        whole(minimum=-MOST_POINTS, maximum=-1),
    ],
}
ADJUSTMENT = asked(
    "Points to give or to take by hand.",
    ("points", "reason"),
    points=SIGNED_POINTS,
    reason=text("Why, in words that the member reads.", minLength=1, maxLength=300),
)
EARNING = asked(
    "Points for something other than an order.",
    ("event_id", "points", "reason"),
    event_id=text(
        "Your own id of what happened, distinct within the shop: one earning for each, for ever.",
        title="an id of 1 to 80 visible ASCII characters", pattern="^[!-~]{1,80}$",
    ),
    points=whole("How many.", minimum=1, maximum=MOST_POINTS),
    reason=text("What for, in words that the member reads.", minLength=1, maxLength=300),
    at={**SENT_MOMENT, "description": "When it happened. Default: now."},
)  # fmt: skip

PROGRAMME = told(
    "The rules in force.",
    version=whole(),
    in_force_from=MOMENT,
    currency=text(),
    earn_points=whole("Points for each `earn_per` of money that counts."),
    earn_per=MONEY,
    rounding={"enum": ["floor", "half_up", "ceil"]},
    rounding_unit=whole("Points are rounded to a multiple of this."),
    counts=told(
        "What counts besides goods.", tax=yes_or_no(), shipping=yes_or_no(), gift_cards=yes_or_no(),
        points_paid=yes_or_no(),
    ),
    minimum=MONEY,
    hold_days=whole("Days from payment until points can be used."),
    expiry_months=or_null(whole("Months until they expire; null: never.")),
    worth_of_100=MONEY,
    rewards=list_of(ref("Reward")),
)  # fmt: skip

LINE = told(
    "A line of an order.",
    id=text(), name=text(), quantity=whole(), unit_price=MONEY, total=MONEY, discount=MONEY, product_id=text(),
    sku=text(), gift_card=yes_or_no(), collections=list_of(text()), tags=list_of(text()),
)  # fmt: skip
REFUND = told(
    "A refund of an order.",
    id=text(), status={"enum": ["done", "cancelled"]}, currency=text(), total=MONEY, subtotal=MONEY, shipping=MONEY,
    tax=MONEY, reason=text(), refunded_at=MOMENT,
    lines=list_of(told("A refunded line.", line_id=text(), quantity=whole(), amount=MONEY)),
)  # fmt: skip
ORDER = told(
    "An order as its storefront says it stands now.",
    id=text("The sender's id of the order."),
    source=text("`api` for what came through this API, else the storefront's id (st_…)."),
    number=text("As the customer knows it."),
    status={"enum": [str(state) for state in Order.State], "description": "unknown: only a refund of it has arrived."},
    test=yes_or_no(),
    currency=text(),
    total=MONEY, subtotal=MONEY, discount=MONEY, shipping=MONEY, tax=MONEY, paid_with_points=MONEY, refunded=MONEY,
    placed_at=or_null(MOMENT), paid_at=or_null(MOMENT), cancelled_at=or_null(MOMENT), updated_at=or_null(MOMENT),
    fulfilled_at=or_null(MOMENT), delivered_at=or_null(MOMENT), confirmed_at=or_null(MOMENT),
    codes=list_of(told("A discount code that was used.", code=text(), amount=or_null(MONEY))),
    customer_id=or_null(whole("Our id of who bought; null while that is not known.")),
    lines=list_of(ref("Line")),
    refunds=list_of(ref("Refund")),
    points=told(
        "What it has earned so far.",
        earned=whole(),
        outcome=text("In a word, such as earned, guest, test, not_paid, refunded."),
        explanation=text("The sum, or why there is none, in one sentence."),
    ),
)  # fmt: skip
ENDPOINT = told(
    "An address of your program that is told what happens.",
    id=text("we_…"), url=text(), description=text(),
    types=list_of(text(), "What it hears of; empty: of everything, also of what is to come."),
    created_at=MOMENT, paused_at=or_null(MOMENT),
    paused_reason=or_null(text("staff, failing or gone.")),
    failing_since=or_null(MOMENT),
)  # fmt: skip
SECRET = text("The signing secret (whsec_…): keep it, it is shown this once.")
ENDPOINT_FIELDS = {
    "url": text("Where to send: https, reachable from the internet.", minLength=1, maxLength=2000),
    "types": {
        "type": "array", "maxItems": 100, "items": {"type": "string", "enum": list(TYPES)},
        "description": "What it hears of; empty: of everything, also of what is to come.",
    },
    "description": text("What it is, for people.", maxLength=200),
}  # fmt: skip
MESSAGE = told(
    "One event for one endpoint.",
    id=whole(), webhook_id=text("The header of that name; the same for every try."), type=text(),
    state={"enum": [str(state) for state in Message.State]}, created_at=MOMENT, next_try_at=or_null(MOMENT),
    settled_at=or_null(MOMENT), tries=list_of({"type": "object"}, "The latest: at, status, error, seconds."),
    body=or_null(text("As it is sent; null once it is old.")), answer=text("The beginning of the last answer."),
)  # fmt: skip
PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "status", "code", "title", "request_id"],
    "properties": {
        "type": {"const": "about:blank"},
        "status": whole(),
        "code": text("For programs: it does not change."),
        "title": text("The status in words."),
        "detail": text("For the developer."),
        "request_id": text("Quote it when you ask for help."),
        "errors": list_of(
            told(
                "One mistake.",
                pointer=text(
                    'Where: a JSON pointer into the body ("/lines/0/quantity"), a parameter ("?limit") or the name of '
                    "a header."
                ),
                message=text(),
            )
        ),
    },
}


def _document(name: str, *, optional: tuple[str, ...], **replaced: Schema) -> Schema:
    """A document of docs/webhooks.md, in which what the address or the moment tells may be left out."""
    schema = deepcopy(schema_of(name))
    for unneeded in ("$schema", "$id", "title"):
        schema.pop(unneeded, None)
    schema["required"] = [member for member in schema["required"] if member not in optional]
    if not schema["required"]:
        del schema["required"]
    schema["properties"] |= replaced
    return schema


@cache
def components() -> dict[str, Schema]:
    """Every shape by its name, as `components.schemas` of the OpenAPI document."""
    found = {
        "Customer": CUSTOMER, "Consent": CONSENT, "Order": ORDER, "Line": LINE, "Refund": REFUND, "Balance": BALANCE,
        "Journal": JOURNAL, "Lot": LOT, "PointsDue": POINTS_DUE, "Programme": PROGRAMME,
        "Problem": PROBLEM, "CustomerChanges": CUSTOMER_PATCH, "ConsentDecision": CONSENT_SENT,
        "Adjustment": ADJUSTMENT, "Earning": EARNING,
        "WebhookEndpoint": ENDPOINT, "WebhookMessage": MESSAGE,
        "NewWebhookEndpoint": told(
            "The endpoint with its secret.", **ENDPOINT["properties"], secret=SECRET
        ),
        "WebhookSecret": told("A new secret.", secret=SECRET),
        "WebhookEndpoints": told("All endpoints.", data=list_of(ref("WebhookEndpoint"))),
        "WebhookMessages": page_of("WebhookMessage"),
        "WebhookEndpointSent": asked("A new endpoint.", ("url",), **ENDPOINT_FIELDS),
        "WebhookEndpointChanges": asked("What is to be changed; the rest stays.", **ENDPOINT_FIELDS),
        "WebhookResumption": asked(
            "How to go on.", resend=yes_or_no("Also send what failed or was held back. Default false.")
        ),
        "Consents": told("The decisions that count.", data=list_of(ref("Consent"))),
        "Lots": told("The lots with points left, first to expire first.", data=list_of(ref("Lot"))),
        **regular_shapes.SHAPES, **reward_shapes.SHAPES,
        "Customers": page_of("Customer"), "Orders": page_of("Order"), "Journals": page_of("Journal"),
    }  # fmt: skip
    documents = {
        "CustomerDocument": _document("customer", optional=("id", "updated_at")),
        "OrderDocument": _document("order", optional=("id",)),
        "RefundDocument": _document("refund", optional=("id", "order_id")),
    }
    for name, schema in documents.items():
        found |= _unfolded(name, schema)
    return found


def _unfolded(name: str, schema: Schema) -> dict[str, Schema]:
    """A schema and its `$defs`, each a shape of its own."""
    definitions = schema.pop("$defs")
    names = {f"#/$defs/{inner}": f"{name}{inner.title()}" for inner in definitions}
    parts = {name: schema, **{names[f"#/$defs/{inner}"]: part for inner, part in definitions.items()}}
    return {part: _referring(content, names) for part, content in parts.items()}


def _referring(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_referring(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/components/schemas/{names[value]}" if key == "$ref" else _referring(value, names)
        for key, value in schema.items()
    }


@cache
def self_contained(name: str) -> Schema:
    """The shape with all that it refers to, for a validator."""
    return {**components()[name], "components": {"schemas": components()}}
