"""What members would see: the portal's own pages with the draft's rules and an imagined member, for the phone beside
the editor. The same templates as the portal's, so that the preview is what is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.parts import shops
from loyalty.offers import Offer, least_points
from loyalty.rules import Rules
from loyalty.stamps import CardStanding
from loyalty.tiers import TierStanding
from loyalty.words.offers import groups
from loyalty.words.perks import steps
from loyalty.words.promises import promises
from loyalty.words.tiers import counted_over, progress
from loyalty.words.ways import ways

LANGUAGES = ("ko", "en")
SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL)  # the frame would refuse each, loudly


def language_of(request: HttpRequest) -> str:
    """The language in which the phone speaks: as asked for, else the shop's."""
    asked = request.POST.get("seen_in") or request.GET.get("seen_in")
    if asked in LANGUAGES:
        return str(asked)
    return request.tenant.language if request.tenant.language in LANGUAGES else "ko"


def screen(request: HttpRequest, rules: Rules, language: str, *, part: str, at: datetime) -> str:
    """The portal's page for this part of the programme, as HTML for a frame whose links lead nowhere."""
    name, fill = SCREENS.get(part, ("earn", _earn))
    unit: str = request.tenant.point_unit
    with translation.override(language):
        context = {**fill(rules, unit, at), "unit": unit, "currency": rules.currency, **_bar(name)}
        context["messages"] = ()  # what staff are told is nothing that members see
        page = render_to_string(f"portal/{name}.html", context, request)
    return SCRIPT.sub("", page).replace("<head>", '<head><base target="_blank">', 1)


def _bar(name: str) -> dict[str, Any]:
    """The portal's bottom bar, as a member has it."""
    current = "rewards" if name == "rewards" else "earn"
    places = (
        ("home", _("Home"), "house"),
        ("earn", _("Ways to earn"), "coins"),
        ("rewards", _("Rewards"), "gift"),
        ("me", _("Me"), "user-round"),
    )
    return {
        "nav": [_place(label, icon, current=place == current) for place, label, icon in places],
        "card_item": _place(_("Show my QR"), "qr-code", current=False),
    }


def _place(label: str, icon: str, *, current: bool) -> dict[str, Any]:
    """What the template asks of a place in the bar. It leads nowhere."""
    return {"url": "#", "label": label, "icon": icon, "current": current}


def _earn(rules: Rules, unit: str, at: datetime) -> dict[str, Any]:
    told = ways(rules, unit, at=at, tags=[tag for rule in rules.earning for tag in rule.audience.tags],
                stores={key: str(label) for key, label in shops()})  # fmt: skip
    return {
        "promises": promises(rules, unit),
        "ways": told,
        "cards": [card for card in rules.stamps if card.active],
        "has_tiers": bool(rules.tiers.tiers),
    }


def _rewards(rules: Rules, unit: str, at: datetime) -> dict[str, Any]:
    """A member who can have the cheapest one now."""
    shown = sorted((reward for reward in rules.rewards if reward.active and reward.points), key=least_points)
    has = least_points(shown[0]) if shown else 0
    now = [Offer(reward, "now", 0, 1.0, "", has) for reward in shown if least_points(reward) <= has]
    near = [
        Offer(reward, "near", least_points(reward) - has, has / least_points(reward), "", 0)
        for reward in shown
        if least_points(reward) > has
    ]
    return {"groups": groups([*now, *near]), "available": has}


def _tiers(rules: Rules, unit: str, at: datetime) -> dict[str, Any]:
    """A member on the first tier, half way to the second."""
    tiers = rules.tiers.tiers
    if not tiers:
        return {"steps": []}
    following = tiers[1] if len(tiers) > 1 else None
    value = (tiers[0].threshold + following.threshold) // 2 if following else tiers[0].threshold
    missing = following.threshold - value if following else 0
    standing = TierStanding(tiers[0], at, None, rules.tiers.metric, value, following, missing, 0.5)
    return {
        "standing": standing,
        "progress": progress(standing, rules, unit),
        "steps": steps(rules, standing, unit),
        "over": counted_over(rules),
    }


def _stamps(rules: Rules, unit: str, at: datetime) -> dict[str, Any]:
    """Cards that are more than half full."""
    rewards = {reward.key: reward for reward in rules.rewards}
    cards = []
    for card in rules.stamps:
        if card.active:
            stamps = (card.stamps * 2 + 2) // 3
            standing = CardStanding(card, stamps, card.stamps, max(card.stamps - stamps, 1), 0, 0, at, None)
            cards.append((standing, rewards.get(card.reward)))
    return {"cards": cards}


Fill = Callable[[Rules, str, datetime], dict[str, Any]]
SCREENS: dict[str, tuple[str, Fill]] = {
    "rewards": ("rewards", _rewards),
    "tiers": ("tier", _tiers),
    "stamps": ("stamps", _stamps),
}
