"""The shapes of rewards, redemptions and occasions."""

from __future__ import annotations

from api.json_schema import Schema, asked, list_of, or_null, page_of, ref, text, told, whole, yes_or_no
from loyalty.earning_rules import KINDS as RULE_KINDS
from loyalty.earning_rules import OF_ORDERS
from loyalty.models import Redemption
from loyalty.reward_rules import KINDS

MOMENT = {"type": "string", "format": "date-time", "description": "In UTC."}
MONEY = text('An amount in the currency\'s usual unit, such as "12.50" for pounds or "12000" for won.')
NAME = {"type": "object", "additionalProperties": {"type": "string"}, "description": "By language."}
# Not told by programs: joining is told by customers, birthdays by the calendar.
OCCASIONS = [kind for kind in RULE_KINDS if kind not in OF_ORDERS and kind not in ("sign_up", "birthday")]
STATES = [str(state) for state in Redemption.State]

REWARD = told(
    "Something that points can buy, or that stamp cards and tiers give.",
    key=text("Its id: stays the same over versions of the programme."),
    name=NAME,
    description=NAME,
    kind={"enum": list(KINDS)},
    points=whole("What it costs; of kind variable: for each `value`. 0: only given, not for points."),
    value=MONEY,
    percent=whole("Of kind percent."),
    minimum=MONEY,
    where=list_of({"enum": ["store", "till"]}),
    tiers=list_of(text(), "Keys of the tiers that may have it; empty: everybody."),
    active=yes_or_no(),
)
OFFER = told(
    "A reward as it stands for one member.",
    reward=ref("Reward"),
    state={
        "enum": ["now", "near", "locked", "sold_out", "limit"],
        "description": "now: can be had; near: points are missing; locked: not for this tier, or not yet.",
    },
    missing=whole("Points still needed."),
    why=text("Why it can't be had now, in words; empty when it can."),
    most_points=or_null(whole("Of kind variable: as many as this member can put in.")),
)
REDEMPTION = told(
    "A reward that a member has taken, with the code that the till or the checkout reads.",
    code=text("R and 12 letters and digits: who has it can use it."),
    reward=text("The key of the reward."),
    name=NAME,
    customer_id=whole(),
    points=whole("Set aside for it; 0 when it was given."),
    value=MONEY,
    currency=text(),
    state={"enum": STATES},
    origin=text("points, stamps:<card>, tier:<key>, birthday or staff."),
    order=or_null(text("The number of the order it was used on.")),
    store=or_null(text("The storefront (st_…) whose checkout takes the code.")),
    at_store={"enum": [str(state) for state in Redemption.AtStore]},
    created_at=MOMENT,
    valid_until=MOMENT,
    settled_at=or_null({**MOMENT, "description": "When it was used, cancelled, returned, or lapsed."}),
)
REDEMPTION_SENT = asked(
    "A reward to take for a member.",
    ("reward",),
    reward=text("The key of the reward.", minLength=1, maxLength=40),
    points=whole("Only of kind variable: how many points to put in.", minimum=1, maximum=999_999_999),
    where={"enum": ["store", "till"], "description": "Where it will be used. Default: store."},
    store=text("The storefront (st_…) that shall take the code. Default: the oldest that can.", maxLength=40),
)
USE = asked(
    "How a code was used.",
    order_id=text("Your id of an order that was sent here before.", minLength=1, maxLength=100),
    used_by=text("Who took it in, for people.", maxLength=200),
)
CANCELLATION = asked("Why it is cancelled.", reason=text("In words that the member reads.", minLength=1, maxLength=300))
OCCASION = asked(
    "Something that happened and is no order. The programme's rules say what it earns.",
    ("event_id", "kind"),
    event_id=text(
        "Your own id of what happened, distinct within the shop: it earns once, for ever.",
        title="an id of 1 to 80 visible ASCII characters", pattern="^[!-~]{1,80}$",
    ),
    kind={"enum": OCCASIONS, "description": "What it was; custom: by its name in `event`."},
    event=text("Of kind custom: the name that the rule in the programme listens to.", maxLength=40),
    subject=text("What it is about, such as the product that was reviewed.", maxLength=100),
)  # fmt: skip

SHAPES: dict[str, Schema] = {
    "Reward": REWARD, "Offer": OFFER, "Redemption": REDEMPTION, "RedemptionSent": REDEMPTION_SENT, "Use": USE,
    "Cancellation": CANCELLATION, "Occasion": OCCASION,
    "Rewards": told("All rewards of the programme in force.", data=list_of(ref("Reward"))),
    "Offers": told("Rewards as they stand for a member: first what can be had.", data=list_of(ref("Offer"))),
    "Redemptions": page_of("Redemption"),
    "Posted": told("What it earned.", points=whole("In all; 0 when no rule gives anything."), is_new=yes_or_no()),
}  # fmt: skip
