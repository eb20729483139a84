"""Events of a customer as moments of the timeline: notes, rewards, tiers, notices, claims, requests, visits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import notes
from backoffice.member_words import tier_name, tiers_of
from backoffice.moments import SHOWN, Moment, until
from config import formatting
from customers.models import Customer, Event
from loyalty.codes import spaced
from loyalty.models import Redemption
from loyalty.names import in_language
from loyalty.programme import in_force
from loyalty.tier_rules import Tier

REWARDS = {
    "reward.redeemed": (gettext_lazy("Took a reward"), "gift", "primary"),
    "reward.used": (gettext_lazy("Used a reward"), "circle-check", "success"),
    "reward.cancelled": (gettext_lazy("Reward cancelled"), "circle-x", "neutral"),
    "reward.lapsed": (gettext_lazy("Reward not used in time"), "hourglass", "warning"),
    "reward.returned": (gettext_lazy("Reward returned"), "undo-2", "neutral"),
}
TIERS = ("tier.changed",)
MESSAGES = ("points.expiring",)
CLAIMS = ("claim.filed", "claim.decided")
VISITS = ("customer.visited",)
# What a person asked of the shop: by the portal, or by a store that passes it on.
REQUESTS = {
    "customer.data_requested": gettext_lazy("Asked what is kept about them"),
    "erasure.requested": gettext_lazy("Asked to be erased"),
    "erasure.withdrawn": gettext_lazy("Wants to stay after all"),
}
DECISIONS = {
    "approved": gettext_lazy("The claim was approved"),
    "declined": gettext_lazy("The claim was declined"),
    "withdrawn": gettext_lazy("The member withdrew the claim"),
    "open": gettext_lazy("The claim is open again"),
}
NOTICES = {
    "sent": gettext_lazy("The notice was sent."),
    "attempted": gettext_lazy("The notice was tried and did not arrive."),
    "unreachable": gettext_lazy("There was no way to reach the member but the portal."),
}
ALL = (notes.KIND, *REWARDS, *TIERS, *MESSAGES, *CLAIMS, *VISITS, *REQUESTS)


@dataclass(frozen=True, slots=True)
class Known:
    """What the events of one page speak of, read at once."""

    rewards: dict[int, Redemption]
    tiers: tuple[Tier, ...]
    unit: str

    @classmethod
    def of(cls, events: Iterable[Event], unit: str) -> Known:
        ids = {e.subject_id for e in events if e.kind in REWARDS}
        has_tiers = any(event.kind in TIERS for event in events)
        return cls(
            Redemption.objects.in_bulk([pk for pk in ids if pk]) if ids else {},
            tiers_of(in_force(timezone.now())) if has_tiers else (),
            unit,
        )


def told(customer: Customer, before: datetime | None, kinds: Iterable[str], unit: str = "P") -> Iterator[Moment]:
    """The latest events of these kinds. One query, and one for the rewards they speak of."""
    events = Event.objects.filter(until("at", before), customer=customer, kind__in=list(kinds))
    found = list(events.order_by("-at", "-pk")[: SHOWN + 1])
    known = Known.of(found, unit)
    for event in found:
        if moment := TELLERS[event.kind](event, known):
            yield moment


def _note(event: Event, known: Known) -> Moment | None:
    data = event.data
    if not data:  # of somebody who was erased
        return None
    return Moment(event.at, "sticky-note", _("Note"), "warning", data["text"], data["by"])


def _request(event: Event, known: Known) -> Moment:
    return Moment(event.at, "shield-off", str(REQUESTS[event.kind]), "warning")


def _reward(event: Event, known: Known) -> Moment:
    title, icon, tone = REWARDS[event.kind]
    redemption = known.rewards.get(event.subject_id or 0)
    if redemption is None:
        return Moment(event.at, icon, str(title), tone)
    name = in_language(redemption.terms.get("name", {}))
    text = _("{reward}, code {code}").format(reward=name, code=spaced(redemption.code))
    return Moment(event.at, icon, str(title), tone, text, event.data.get("by", ""))


def _tier(event: Event, known: Known) -> Moment:
    had, has = (event.data.get(side, "") for side in ("from", "to"))
    keys = [tier.key for tier in known.tiers]
    rank = {key: place for place, key in enumerate(keys, 1)}
    up = bool(has) and (not had or rank.get(has, 0) > rank.get(had, 0))
    if not has:
        title = _("No tier any more")
    else:
        words = _("Reached the tier {tier}") if up else _("Is on the tier {tier} now")
        title = words.format(tier=tier_name(has, known.tiers))
    text = _("before: {tier}").format(tier=tier_name(had, known.tiers)) if had else ""
    return Moment(event.at, "crown" if up else "chevrons-down", title, "success" if up else "neutral", text)


def _notice(event: Event, known: Known) -> Moment | None:
    data: dict[str, Any] = event.data
    end = parse_datetime(str(data.get("expires_at", "")))
    if end is None:
        return None
    title = _("Told that {points} expire on {day}").format(
        points=formatting.points(data.get("points", 0), known.unit), day=formatting.day(end)
    )
    return Moment(event.at, "mail", title, text=str(NOTICES.get(data.get("notice", ""), "")))


def _claim(event: Event, known: Known) -> Moment:
    words = _("Asked for missing points") if event.kind == "claim.filed" else DECISIONS.get(
        event.data.get("outcome", ""), _("The claim was decided")
    )  # fmt: skip
    return Moment(event.at, "message-circle-question-mark", str(words), about=_("Claims"), href=_claims())


def _claims() -> str:
    return reverse("backoffice:claims")


def _visit(event: Event, known: Known) -> Moment:
    return Moment(event.at, "map-pin", _("Checked in at the shop"))


TELLERS: dict[str, Callable[[Event, Known], Moment | None]] = {
    notes.KIND: _note,
    **dict.fromkeys(REWARDS, _reward),
    **dict.fromkeys(TIERS, _tier),
    **dict.fromkeys(MESSAGES, _notice),
    **dict.fromkeys(CLAIMS, _claim),
    **dict.fromkeys(VISITS, _visit),
    **dict.fromkeys(REQUESTS, _request),
}
