"""Which of the shop's storefronts can make the code of a reward, and what each can't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from customers import coupons
from customers.coupons import Place, Wish
from loyalty.reward_rules import Reward

FIELDS = {"limited_percent": "most_value_minor", "product": "product"}  # what to change
HANDED_OVER = ("gift_card", "store_credit", "manual")  # no checkout takes a code for these


def wish_of(reward: Reward) -> Wish | None:
    """What storefronts are asked for; None when nothing is to be used at a checkout."""
    if "store" not in reward.where or reward.kind in HANDED_OVER:
        return None
    kind = "amount" if reward.kind == "variable" else reward.kind
    return Wish(kind, reward.most_value_minor, reward.product)


def refusers(reward: Reward, places: Sequence[Place]) -> list[tuple[Place, str]]:
    """The storefronts that can't make its code, each with the reason of coupons.impossible."""
    wish = wish_of(reward)
    if wish is None or wish.is_plain:
        return []
    return [(place, why) for place in places if (why := coupons.impossible(place, wish))]


def makers(reward: Reward, places: Sequence[Place]) -> list[Place]:
    """The storefronts that can make its code."""
    refusing = {place for place, _why in refusers(reward, places)}
    return [place for place in places if place not in refusing]


def as_can_be_had(rewards: Iterable[Reward]) -> list[Reward]:
    """The rewards, each only where it can be used: not online when none of the connected storefronts can make its code.

    A shop without any keeps them all: its own program takes the codes. Asks only where a storefront could refuse.
    """
    known = list(rewards)
    if all(wish is None or wish.is_plain for wish in map(wish_of, known)):
        return known
    places = coupons.places()
    return [_without_store(reward) if places and not makers(reward, places) else reward for reward in known]


def _without_store(reward: Reward) -> Reward:
    return replace(reward, where=tuple(place for place in reward.where if place != "store"))


def in_words(place: Place, why: str) -> str:
    """Why a storefront can't make it, to the merchant."""
    texts = {
        "limited_percent": _("{store} can't make a code for a percentage with an upper limit."),
        "product": _("{store} finds a product by its number alone, such as 8123456."),
    }
    return texts[why].format(store=place.name)


def objections(reward: Reward) -> dict[str, str]:
    """What the connected storefronts can't make of it, to the merchant: by field of the reward."""
    wish = wish_of(reward)
    if wish is None or wish.is_plain:
        return {}
    return objections_of(reward, coupons.places())


def objections_of(reward: Reward, places: Sequence[Place]) -> dict[str, str]:
    """As objections, of these storefronts."""
    found = refusers(reward, places)
    if not found:
        return {}
    place, why = found[0]
    if len(found) < len(places):
        what = _("Members get a code for another of your shops.")
    elif "till" in reward.where:
        what = _("Members get a code for the counter only.")
    else:
        what = _("Nobody could have this reward.")
    return {FIELDS[why]: f"{in_words(place, why)} {what}"}
