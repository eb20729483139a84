"""What a member chooses and is told when taking a reward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.formatting import count, moment, money, points
from loyalty.redemption import Where
from loyalty.reward_rules import Reward
from loyalty.words.ways import time_of

ICONS = {
    "amount": "ticket",
    "percent": "ticket-percent",
    "shipping": "truck",
    "product": "package",
    "variable": "sliders-horizontal",
    "gift_card": "gift",
    "store_credit": "wallet",
    "manual": "gift",
}


@dataclass(frozen=True, slots=True)
class Picked:
    """How many points the member puts in, and what they are worth then."""

    points: int
    value_minor: int
    least: int
    most: int
    step: int
    chosen: bool  # the member said so, and it fits

    @property
    def can_choose(self) -> bool:
        """Whether there is more than one amount to choose from."""
        return self.most > self.least


def pick(reward: Reward, text: str, *, most: int | None) -> Picked:
    """The amount that `text` asks for, brought into the steps of a variable reward; the price of any other.

    `most`: how much this member can put in; None: as much as they say.
    """
    asked = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
    if reward.kind != "variable":
        # Who takes it says which price they were shown: another one since then is refused, not charged.
        number = asked if asked is not None and most is None else reward.points
        return Picked(number, reward.value_minor, reward.points, reward.points, reward.points, chosen=True)
    step = max(reward.points, 1)
    least = -(-max(reward.least_points, step) // step) * step
    highest = least if most is None else max(most // step * step, least)
    if most is None:
        number = asked if asked is not None else least
    else:
        number = min(max((asked or highest) // step * step, least), highest)
    value = number // step * reward.value_minor
    return Picked(number, value, least, highest, step, chosen=asked is not None and asked == number)


def key_of(customer_id: int, text: str) -> str:
    """The idempotency key of a form's redemption. One that no page of ours made serves as well: it is the member's."""
    return f"portal:{customer_id}:{re.sub(r'[^0-9a-f-]', '', text.lower())[:36]}"


def told(reward: Reward, currency: str, unit: str) -> list[str]:
    """The terms of a reward in sentences to the member."""
    return list(_terms(reward, currency, unit))


def _terms(reward: Reward, currency: str, unit: str) -> Iterator[str]:
    if reward.kind == "percent" and reward.most_value_minor:
        yield _("At most %(money)s off.") % {"money": money(reward.most_value_minor, currency)}
    if reward.minimum_minor:
        yield _("For orders from %(money)s.") % {"money": money(reward.minimum_minor, currency)}
    yield where(reward)
    if reward.points:
        days = ngettext(
            "Use it within %(days)s day. If you do not, your points come back by themselves.",
            "Use it within %(days)s days. If you do not, your points come back by themselves.",
            reward.valid_days,
        )
        yield days % {"days": count(reward.valid_days)}
        yield _("Until you use it you can cancel and have your points back.")
    if ends := time_of(reward.ends_at):
        yield _("Offered until %(moment)s.") % {"moment": moment(ends)}
    yield from _limit(reward)
    if reward.points and reward.on_refund == "keep":
        yield _("Once used, the points do not come back, even if the order is refunded.")


def _limit(reward: Reward) -> Iterator[str]:
    if reward.per_member is None:
        return
    if reward.per_days is None:
        text = ngettext("Once for each member.", "%(times)s times for each member.", reward.per_member)
        yield text % {"times": count(reward.per_member)}
    else:
        text = ngettext(
            "Once in %(days)s days for each member.", "%(times)s times in %(days)s days for each member.",
            reward.per_member,
        )  # fmt: skip
        yield text % {"times": count(reward.per_member), "days": count(reward.per_days)}


def where(reward: Reward) -> str:
    """Where the code can be used."""
    places = set(reward.where)
    if places == {"store"}:
        return _("Use the code when you order online.")
    if places == {"till"}:
        return _("Show the code in the shop.")
    return _("Use the code when you order online, or show it in the shop.")


def place_of(reward: Reward) -> Where:
    """Where a member who takes it on the phone means to use it: online if that can be, else in the shop."""
    return "store" if "store" in reward.where else "till"


def price(reward: Reward, unit: str) -> str:
    """What it costs, as a short phrase."""
    if reward.kind == "variable":
        return _("from %(points)s") % {"points": points(max(reward.least_points, reward.points), unit)}
    return points(reward.points, unit)
