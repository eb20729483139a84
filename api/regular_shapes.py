"""The shapes of tiers and stamp cards: what regulars are told."""

from __future__ import annotations

from api.json_schema import Schema, asked, list_of, or_null, ref, text, told, whole, yes_or_no
from loyalty.stamps import MOST_STAMPS

MOMENT = {"type": "string", "format": "date-time", "description": "In UTC."}
NAME = {"type": "object", "additionalProperties": {"type": "string"}, "description": "By language."}
AMOUNT = "Of the metric: money in the currency's usual unit, else a whole number."

SHAPES: dict[str, Schema] = {
    "Tier": told(
        "One step of the programme.",
        key=text("It stays when the name changes."),
        name=NAME,
        factor={"type": "number", "description": "On the points of orders: 1.5 is half as much again."},
        early_access=yes_or_no("Members may have what is new before others."),
    ),
    "TierStanding": told(
        "How far a member has come.",
        tier={"anyOf": [ref("Tier"), {"type": "null"}], "description": "null: below the first."},
        since=or_null(MOMENT),
        until=or_null({**MOMENT, "description": "Kept at least until then; null: while nothing is taken back."}),
        metric=or_null(text("spend, points, orders or visits; null: the programme has no tiers.")),
        value=text(f"{AMOUNT} What the member has in the present window."),
        keep=text(f"{AMOUNT} What is missing to keep the tier beyond `until`."),
        next={"anyOf": [ref("Tier"), {"type": "null"}]},
        missing=text(f"{AMOUNT} What is missing for the next tier."),
    ),
    "StampCard": told(
        "A punch card of the member.",
        card=text("Its key, which stays."),
        name=NAME,
        stamps=whole("On it now."),
        needed=whole("Until it is full."),
        owed=whole("Taken back after the reward was used: the next stamps pay these first."),
        full_times=whole("How often it was filled."),
        reward=text("Key of its reward."),
        last_at=or_null(MOMENT),
        lapses_at=or_null({**MOMENT, "description": "When the stamps lapse if none follows; null: never."}),
    ),
    "StampCards": told("All cards of the programme.", data=list_of(ref("StampCard"))),
    "Stamps": asked(
        "Stamps for a visit.",
        ("card",),
        card=text("Key of the card.", minLength=1, maxLength=40),
        count=whole("How many. Default 1.", minimum=1, maximum=MOST_STAMPS),
    ),
    "StampsGiven": told(
        "How the card stands now.",
        stamps=whole("On it now."),
        owed=whole(),
        rewards=list_of(
            told(
                "What a card that was filled became.", id=whole(), reward=text("Key of the reward."),
                code=text("What the member shows or enters."), valid_until=MOMENT,
            ),
        ),
    ),
}  # fmt: skip
